//! What stands around the content of every page.

use crate::asset::asset_url;
use crate::preferences::Preferences;

/// One text in Vietnamese with the same in English beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pair {
    /// Vietnamese, always shown first.
    pub vi: String,
    /// English, smaller beside or below it.
    pub en: String,
}

impl Pair {
    /// A pair of two texts.
    #[must_use]
    pub fn new(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { vi: vi.into(), en: en.into() }
    }
}

/// How a state feels; always shown as symbol and word and colour together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Under way.
    Wait,
    /// Needs a person.
    Bad,
    /// Says nothing about quality.
    Quiet,
}

impl Tone {
    /// Class of the style sheet.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Good => "tone-good",
            Self::Wait => "tone-wait",
            Self::Bad => "tone-bad",
            Self::Quiet => "tone-quiet",
        }
    }

    /// A sign that reads without colour.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Wait => "◔",
            Self::Bad => "▼",
            Self::Quiet => "○",
        }
    }
}

/// The state badge in the header.
#[derive(Debug, Clone)]
pub struct Badge {
    /// Colour and symbol.
    pub tone: Tone,
    /// The words.
    pub text: Pair,
}

impl Badge {
    /// A badge of this tone.
    #[must_use]
    pub fn new(tone: Tone, vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { tone, text: Pair::new(vi, en) }
    }
}

/// One link of the navigation.
#[derive(Debug, Clone)]
pub struct NavLink {
    /// Where it leads, a path of this face.
    pub href: String,
    /// Its words.
    pub text: Pair,
    /// Whether the shown page is this one.
    pub current: bool,
}

/// A form of the page whose input the display controls must not lose: they submit it, so that the page comes back with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageForm {
    /// The `id` of the form element; its method is `post`.
    pub id: &'static str,
    /// Where the controls post it. The handler shows the page again with the same input, under the
    /// [`DisplayChoice`](crate::DisplayChoice) among the fields.
    pub action: String,
}

/// Everything that `layout.html` shows around a page. Build it with [`Frame::new`] and the `with_` methods.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Title of the page, for the browser's tab and bookmarks.
    pub title: String,
    /// Name of the place that this server speaks for, such as "Huyện Ngọc Lặc".
    pub place: String,
    /// What this server is, under the place's name.
    pub role: Pair,
    /// Path and query of this page; preferences return to it.
    pub path: String,
    /// State of the data, in words.
    pub badge: Option<Badge>,
    /// Navigation; none is shown when empty.
    pub nav: Vec<NavLink>,
    /// What the reader chose.
    pub preferences: Preferences,
    /// Style sheets beside `frame.css`.
    pub styles: Vec<&'static str>,
    /// Whether the page refreshes itself (loads htmx and its event stream).
    pub live: bool,
    /// Whether what this server records and shows is invented; every page then says so above everything else.
    pub synthetic: bool,
    /// The form whose input must survive a change of text size or contrast.
    pub form: Option<PageForm>,
}

impl Frame {
    /// A frame without badge, navigation, liveness, notice and form.
    #[must_use]
    pub fn new(
        title: impl Into<String>,
        place: impl Into<String>,
        role: Pair,
        path: impl Into<String>,
        preferences: Preferences,
    ) -> Self {
        Self {
            title: title.into(),
            place: place.into(),
            role,
            path: path.into(),
            badge: None,
            nav: Vec::new(),
            preferences,
            styles: Vec::new(),
            live: false,
            synthetic: false,
            form: None,
        }
    }

    /// With the badge of the header.
    #[must_use]
    pub fn with_badge(mut self, badge: Badge) -> Self {
        self.badge = Some(badge);
        self
    }

    /// With navigation.
    #[must_use]
    pub fn with_nav(mut self, nav: Vec<NavLink>) -> Self {
        self.nav = nav;
        self
    }

    /// With one more style sheet of this crate, such as `dashboard.css` or `kiosk.css`.
    #[must_use]
    pub fn with_style(mut self, name: &'static str) -> Self {
        self.styles.push(name);
        self
    }

    /// With the scripts that let a page refresh itself.
    #[must_use]
    pub fn with_live(mut self, live: bool) -> Self {
        self.live = live;
        self
    }

    /// With the notice that everything here is invented.
    #[must_use]
    pub fn with_synthetic(mut self, synthetic: bool) -> Self {
        self.synthetic = synthetic;
        self
    }

    /// With a form whose input the display controls keep.
    #[must_use]
    pub fn with_form(mut self, id: &'static str, action: impl Into<String>) -> Self {
        self.form = Some(PageForm { id, action: action.into() });
        self
    }

    /// URL of an asset, for templates.
    #[must_use]
    pub fn asset(&self, name: &str) -> String {
        asset_url(name)
    }
}
