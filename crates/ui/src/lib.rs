//! What the two web faces share: the frame around every page, embedded assets, formatting, search folding, headers.
//!
//! Both faces are server-rendered and work without JavaScript; with it, pages refresh themselves. Every byte that a
//! browser needs comes from this crate: no page makes a request to another host.
//!
//! A face uses it so: its `askama.toml` names `../ui/templates` as a second template folder, its templates say
//! `{% extends "layout.html" %}` and carry a field `frame: Frame`; its router merges [`asset_router`] and is wrapped by
//! [`with_security_headers`]; a handler takes [`Preferences`] as an extractor and answers with [`page`]. A page with a form of its own names
//! it in its frame and shows itself again with what was typed when a [`DisplayChoice`] is posted with it.
//!
//! In scope: layout, fonts, style sheets, accessibility controls, print rules, decimal comma and day-first dates in
//! Vietnam's time, folding of diacritics, small counts that stay hidden. Out of scope: routes, data, texts of one face.
//!
//! Must never know: ledgers, rankings, the domain.

mod asset;
mod asset_router;
mod folding;
mod formatting;
mod frame;
mod page;
mod preferences;
mod security_headers;
mod small_cells;

pub use asset::{Asset, asset_url, find_asset};
pub use asset_router::asset_router;
pub use folding::{contains_folded, fold_diacritics};
pub use formatting::{bytes, count, date, date_time, duration, duration_en, percent, points, time_of_day};
pub use frame::{Badge, Frame, NavLink, PageForm, Pair, Tone};
pub use page::{fragment, page, page_with_status};
pub use preferences::{Contrast, DisplayChoice, Preferences, TextSize, safe_return_path};
pub use security_headers::{CONTENT_SECURITY_POLICY, with_security_headers};
pub use small_cells::{Cell, LEAST_PUBLISHED, PublishedCounts, publish_counts};
