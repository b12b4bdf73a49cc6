//! Parts of the page that are drawn again only if what they show, or what they remember, has changed.
//!
//! To Yew all of them are one component: each component of its own would bring its whole life cycle as code again.

use std::any::Any;
use std::rc::Rc;
use yew::prelude::*;
use yew::virtual_dom::{Key, VChild};

/// What a part shows.
pub trait Part: PartialEq + 'static {
    /// What it remembers from one drawing to the next, for as long as it is on the page.
    type Own: Default + 'static;

    /// Draws it. `again` has it drawn again, after what it remembers has changed.
    fn draw(&self, own: &Rc<Self::Own>, again: &Callback<()>) -> Html;

    /// It is on the page now.
    fn drawn(&self, _own: &Self::Own) {}
}

/// A part of any type.
trait AnyPart {
    fn fresh(&self) -> Rc<dyn Any>;
    fn owns(&self, own: &dyn Any) -> bool;
    fn draw(&self, own: &Rc<dyn Any>, again: &Callback<()>) -> Html;
    fn drawn(&self, own: &dyn Any);
    fn same(&self, other: &dyn AnyPart) -> bool;
    fn as_any(&self) -> &dyn Any;
}

impl<P: Part> AnyPart for P {
    fn fresh(&self) -> Rc<dyn Any> {
        Rc::new(P::Own::default())
    }

    fn owns(&self, own: &dyn Any) -> bool {
        own.is::<P::Own>()
    }

    fn draw(&self, own: &Rc<dyn Any>, again: &Callback<()>) -> Html {
        Rc::clone(own).downcast().map(|own| Part::draw(self, &own, again)).unwrap_or_default()
    }

    fn drawn(&self, own: &dyn Any) {
        if let Some(own) = own.downcast_ref() {
            Part::drawn(self, own);
        }
    }

    fn same(&self, other: &dyn AnyPart) -> bool {
        other.as_any().downcast_ref::<P>().is_some_and(|other| other == self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[derive(Clone, Properties)]
struct Props {
    part: Rc<dyn AnyPart>,
}

impl PartialEq for Props {
    fn eq(&self, other: &Props) -> bool {
        self.part.same(&*other.part)
    }
}

/// The component.
struct Kept {
    own: Rc<dyn Any>,
    again: Callback<()>,
}

impl Component for Kept {
    type Message = ();
    type Properties = Props;

    fn create(ctx: &Context<Kept>) -> Kept {
        Kept { own: ctx.props().part.fresh(), again: ctx.link().callback(|()| ()) }
    }

    fn changed(&mut self, ctx: &Context<Kept>, _old: &Props) -> bool {
        // Another kind of part may have come to the same place.
        if !ctx.props().part.owns(&*self.own) {
            self.own = ctx.props().part.fresh();
        }
        true
    }

    fn view(&self, ctx: &Context<Kept>) -> Html {
        ctx.props().part.draw(&self.own, &self.again)
    }

    fn rendered(&mut self, ctx: &Context<Kept>, _first: bool) {
        ctx.props().part.drawn(&*self.own);
    }
}

/// A part, as it was drawn last if it equals that.
pub fn part(key: Option<Key>, part: impl Part) -> Html {
    kept(key, Rc::new(part))
}

fn kept(key: Option<Key>, part: Rc<dyn AnyPart>) -> Html {
    VChild::<Kept>::new(Props { part }, key).into()
}
