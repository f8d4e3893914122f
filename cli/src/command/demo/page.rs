//! The page: one HTML file with its style and its scripts inside, put together at build time.
//!
//! The parts are in `cli/demo/page/`. No part may load anything from anywhere.

/// The file with its parts in place.
pub fn html() -> Vec<u8> {
    const STYLE: [&str; 3] = [
        include_str!("../../../demo/page/base.css"),
        include_str!("../../../demo/page/matrix.css"),
        include_str!("../../../demo/page/drawer.css"),
    ];
    const SCRIPT: [&str; 6] = [
        include_str!("../../../demo/page/texts.js"),
        include_str!("../../../demo/page/classes.js"),
        include_str!("../../../demo/page/dom.js"),
        include_str!("../../../demo/page/matrix.js"),
        include_str!("../../../demo/page/drawer.js"),
        include_str!("../../../demo/page/main.js"),
    ];
    include_str!("../../../demo/page/index.html")
        .replace("/* STYLE */", &STYLE.concat())
        .replace("/* SCRIPT */", &SCRIPT.concat())
        .into_bytes()
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        let page = String::from_utf8(super::html()).expect("UTF-8");
        assert!(!page.contains("/* STYLE */") && !page.contains("/* SCRIPT */"));
        for word in [
            "http://",
            "https://",
            "@import",
            "src=",
            "url(",
            "innerHTML",
            "<link",
        ] {
            assert!(!page.contains(word), "{word}");
        }
    }
}
