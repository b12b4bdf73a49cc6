//! Parts of the page that are drawn again only if what they show has changed.
//!
//! To Yew all of them are one component: each component of its own would bring its whole life cycle as code again.

use std::any::Any;
use std::rc::Rc;
use yew::prelude::*;
use yew::virtual_dom::{Key, VChild};

/// What a part shows.
pub trait Part: PartialEq + 'static {
    /// Draws it.
    fn draw(&self) -> Html;
}

/// A part of any type.
trait AnyPart {
    fn draw(&self) -> Html;
    fn same(&self, other: &dyn AnyPart) -> bool;
    fn as_any(&self) -> &dyn Any;
}

impl<P: Part> AnyPart for P {
    fn draw(&self) -> Html {
        Part::draw(self)
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
struct Kept;

impl Component for Kept {
    type Message = ();
    type Properties = Props;

    fn create(_ctx: &Context<Kept>) -> Kept {
        Kept
    }

    fn view(&self, ctx: &Context<Kept>) -> Html {
        ctx.props().part.draw()
    }
}

/// A part, as it was drawn last if it equals that.
pub fn part(key: Option<Key>, part: impl Part) -> Html {
    kept(key, Rc::new(part))
}

fn kept(key: Option<Key>, part: Rc<dyn AnyPart>) -> Html {
    VChild::<Kept>::new(Props { part }, key).into()
}
