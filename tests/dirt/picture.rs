//! Pictures of exceptions, for a person to look at: `target/dirt/*.svg`.

use muckwatch::{
    geo::plane::{Bounds, Plane},
    model::place::{Line, Wgs84},
};
use std::{fmt::Write, fs, path::PathBuf};

/// What is drawn.
pub(crate) struct Picture<'a> {
    /// File name without its ending.
    pub(crate) name: String,
    /// Words below.
    pub(crate) caption: String,
    /// The corridor.
    pub(crate) way: &'a Line,
    /// Its half-width, metres.
    pub(crate) half_width_m: f64,
    /// The fixes in order.
    pub(crate) track: &'a [Wgs84],
    /// Whether each fix lies in a finding.
    pub(crate) found: &'a [bool],
}

/// Pixels of the longer side.
const SIDE: f64 = 1_000.0;
const MARGIN: f64 = 30.0;

impl Picture<'_> {
    /// Writes the file and gives its path.
    pub(crate) fn write(&self) -> PathBuf {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/dirt");
        fs::create_dir_all(&folder).expect("a folder for pictures");
        let path = folder.join(format!("{}.svg", self.name));
        fs::write(&path, self.drawn()).expect("a picture");
        path
    }

    fn drawn(&self) -> String {
        let bounds = Bounds::of(self.way.0.iter().chain(self.track).copied()).expect("something to draw");
        let plane = Plane::at(bounds.south_west);
        let far = plane.to_xy(bounds.north_east);
        let scale = (SIDE - 2.0 * MARGIN) / far.x.max(far.y).max(1.0);
        let height = far.y * scale + 2.0 * MARGIN + 24.0;
        let dot = |place: Wgs84| {
            let at = plane.to_xy(place);
            (MARGIN + at.x * scale, MARGIN + (far.y - at.y) * scale)
        };
        let path = |points: &[Wgs84]| {
            points.iter().fold(String::new(), |mut path, point| {
                let (x, y) = dot(*point);
                write!(path, "{x:.1},{y:.1} ").expect("a String takes everything");
                path
            })
        };
        let (way, track, wide) = (path(&self.way.0), path(self.track), self.half_width_m * 2.0 * scale);
        let mut dots = String::new();
        for (place, found) in self.track.iter().zip(self.found) {
            let ((x, y), fill) = (dot(*place), if *found { "#c00" } else { "#06c" });
            writeln!(dots, r#"<circle cx="{x:.1}" cy="{y:.1}" r="2.5" fill="{fill}"/>"#)
                .expect("a String takes everything");
        }
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="{SIDE}" height="{height:.0}" font-family="sans-serif" font-size="13">
<rect width="100%" height="100%" fill="#fff"/>
<polyline points="{way}" fill="none" stroke="#9c9" stroke-opacity="0.5" stroke-width="{wide:.1}" stroke-linejoin="round" stroke-linecap="round"/>
<polyline points="{track}" fill="none" stroke="#06c" stroke-width="0.7"/>
{dots}<text x="{MARGIN}" y="{:.0}">{}</text>
</svg>
"##,
            height - 10.0,
            self.caption.replace('&', "&amp;").replace('<', "&lt;"),
        )
    }
}
