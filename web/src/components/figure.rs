//! One box, read closely: a replica with its parts named. Shown before a lesson is open.

use super::icon;
use yew::prelude::*;

/// The figure and what it says.
pub fn figure() -> Html {
    let slot = |x: i32, n: i32| {
        html! {<>
            <rect x={x.to_string()} y="37" width="29" height="22" rx="3" fill="var(--rec)" />
            <text x={(x + 14).to_string()} y="54" text-anchor="middle" class="mono" style="font-size:16px">{ n }</text>
        </>}
    };
    let caption = |x: i32, y: i32, text: &'static str| {
        html! { <text x={x.to_string()} y={y.to_string()} font-size="11.5" fill="var(--ink2)">{ text }</text> }
    };
    html! {
        <div class="sec">
            <h2>{ "One box, read closely" }</h2>
            <svg viewBox="0 0 292 94" width="100%" role="img" fill="var(--ink)"
                aria-label="A leader's box: a crown, records 32 to 35 below the high watermark, record 36 not yet safe, next offset 37.">
                { caption(2, 11, "leader: writes go here") }
                <text x="154" y="11" font-size="11.5" fill="var(--accent)">{ "high watermark" }</text>
                <path d="M16 16v14M158 16v14M60 62v12M190 62v12" stroke="var(--line3)" />
                <rect x="1" y="30" width="290" height="38" rx="7" fill="var(--surface)" stroke="var(--ink)" stroke-width="2" />
                <path transform="translate(8 42) scale(1.5)" fill="var(--ink)" d="M1.200 2.600 3.900 5.200 6 1.400 8.100 5.200l2.700-2.600-1 6.600H2.200z" />
                { slot(35, 32) }{ slot(66, 33) }{ slot(97, 34) }{ slot(128, 35) }
                <rect x="161" y="37.500" width="28" height="21" rx="3" fill="none" stroke="var(--line3)" />
                <text x="175" y="54" text-anchor="middle" class="mono" style="font-size:16px">{ "36" }</text>
                <rect x="191.500" y="37.500" width="28" height="21" rx="3" fill="none" stroke="var(--line3)" stroke-dasharray="3 2" />
                <text x="205" y="54" text-anchor="middle" class="mono" style="font-size:16px" fill="var(--ink3)">{ "37" }</text>
                <path d="M158.500 30v32" stroke="var(--accent)" stroke-width="2.500" /><path d="M159 30h-7l7 7z" fill="var(--accent)" />
                <circle cx="169" cy="64" r="4" fill="var(--group-0)" /><path d="M181 59l5 5-5 5-5-5z" fill="var(--group-1)" />
                { caption(2, 88, "records and their offsets") }{ caption(176, 88, "next offset: 37") }
            </svg>
            <p>
                { "Left of the " }<b>{ "high watermark" }</b>
                { " every in-sync copy has the record: it is safe, and readers may see it. " }
                <span style="display:inline-flex;gap:3px;vertical-align:-1px">
                    <i class="reader group-0">{ icon::group(0, "10") }</i><i class="reader group-1">{ icon::group(1, "10") }</i>
                </span>
                { " mark where each application reads next." }
            </p>
        </div>
    }
}
