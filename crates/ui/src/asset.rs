//! The files that a browser needs, embedded, each under a URL that names its content.

use std::borrow::Cow;
use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// One embedded file as it is served.
#[derive(Debug)]
pub struct Asset {
    /// File name inside `/assets/<digest>/`.
    pub name: &'static str,
    /// Media type for `Content-Type`.
    pub media_type: &'static str,
    /// The bytes as served; in style sheets every `asset(<name>)` is already a URL.
    pub body: Cow<'static, [u8]>,
    /// First 16 hex digits of the SHA-256 of `body`: part of the URL and the whole `ETag`.
    pub digest: String,
}

impl Asset {
    fn new(name: &'static str, media_type: &'static str, body: Cow<'static, [u8]>) -> Self {
        let digest = hex::encode(&Sha256::digest(&body)[..8]);
        Self { name, media_type, body, digest }
    }

    /// The URL that this content and no other is served under.
    #[must_use]
    pub fn url(&self) -> String {
        format!("/assets/{}/{}", self.digest, self.name)
    }
}

const FONT: &str = "font/woff2";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

macro_rules! embedded {
    ($($name:literal, $media_type:expr, $path:literal;)*) => {
        [$(Asset::new($name, $media_type, Cow::Borrowed(include_bytes!(concat!("../assets/", $path)))),)*]
    };
}

static PLAIN: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    Vec::from(embedded! {
        "be-vietnam-pro-vietnamese-400.woff2", FONT, "fonts/be-vietnam-pro-vietnamese-400-normal.woff2";
        "be-vietnam-pro-vietnamese-700.woff2", FONT, "fonts/be-vietnam-pro-vietnamese-700-normal.woff2";
        "be-vietnam-pro-latin-400.woff2", FONT, "fonts/be-vietnam-pro-latin-400-normal.woff2";
        "be-vietnam-pro-latin-700.woff2", FONT, "fonts/be-vietnam-pro-latin-700-normal.woff2";
        "be-vietnam-pro-latin-ext-400.woff2", FONT, "fonts/be-vietnam-pro-latin-ext-400-normal.woff2";
        "be-vietnam-pro-latin-ext-700.woff2", FONT, "fonts/be-vietnam-pro-latin-ext-700-normal.woff2";
        "be-vietnam-pro-OFL.txt", TEXT, "fonts/LICENSE";
        "htmx.min.js", SCRIPT, "htmx/htmx.min.js";
        "hx-sse.min.js", SCRIPT, "htmx/hx-sse.min.js";
        "htmx-LICENSE.txt", TEXT, "htmx/LICENSE";
        "frame.js", SCRIPT, "frame.js";
        "favicon.svg", "image/svg+xml", "favicon.svg";
    })
});

/// Style sheets come after the plain files, because they name the URLs of fonts.
static STYLES: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let style = |name, text: &str| Asset::new(name, "text/css; charset=utf-8", Cow::Owned(resolved(text).into_bytes()));
    vec![
        style("frame.css", include_str!("../assets/frame.css")),
        style("dashboard.css", include_str!("../assets/dashboard.css")),
        style("kiosk.css", include_str!("../assets/kiosk.css")),
    ]
});

/// Replaces every `asset(<name>)` by `url(<url>)`. An unknown name is left as it is, which a test catches.
fn resolved(css: &str) -> String {
    PLAIN.iter().fold(css.to_owned(), |css, asset| {
        css.replace(&format!("asset({})", asset.name), &format!("url({})", asset.url()))
    })
}

/// The asset of this file name, if there is one.
#[must_use]
pub fn find_asset(name: &str) -> Option<&'static Asset> {
    STYLES.iter().chain(PLAIN.iter()).find(|asset| asset.name == name)
}

/// The URL of an asset for use in templates. An unknown name gives a URL that answers 404.
#[must_use]
pub fn asset_url(name: &str) -> String {
    find_asset(name).map_or_else(|| format!("/assets/unknown/{name}"), Asset::url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_sheets_name_only_assets_that_exist_and_no_other_host() {
        for style in STYLES.iter() {
            let css = std::str::from_utf8(&style.body).expect("style sheets are text");
            assert!(!css.contains("asset("), "{} names an unknown asset", style.name);
            assert!(!css.contains("://"), "{} names another host", style.name);
        }
    }

    #[test]
    fn a_url_names_the_content_it_serves() {
        let asset = find_asset("frame.css").expect("the frame has a style sheet");
        assert_eq!(asset_url("frame.css"), format!("/assets/{}/frame.css", asset.digest));
        assert_eq!(asset.digest.len(), 16);
    }

    #[test]
    fn an_unknown_asset_has_no_content() {
        assert!(find_asset("../Cargo.toml").is_none());
    }
}
