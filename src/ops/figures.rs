//! Figures of a process: rooms keep their counters, closures read them when somebody asks, the catalogue names them.

use super::catalogue::{Kind, Meaning, meaning};
use prometheus_client::{
    collector::Collector,
    encoding::{
        DescriptorEncoder, EncodeLabel, EncodeLabelSet, EncodeMetric, LabelSetEncoder, NoLabelSet, text::encode,
    },
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
    registry::{Registry, Unit},
};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

/// One figure at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Name after the source's prefix.
    pub name: &'static str,
    /// Value in the unit its name ends with; numbers above 2^53 are rounded.
    pub value: f64,
    /// What it is a figure of, besides the source's own labels.
    pub labels: Vec<(&'static str, String)>,
    /// Of a histogram, whose value is the sum: upper bounds, ascending, the last infinite, each with its own count. Else empty.
    pub buckets: Vec<(f64, u64)>,
}

impl Figure {
    /// Without labels.
    #[must_use]
    pub const fn new(name: &'static str, value: f64) -> Self {
        Self { name, value, labels: Vec::new(), buckets: Vec::new() }
    }

    /// From a count.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53, and nothing is counted beyond")]
    pub const fn count(name: &'static str, value: u64) -> Self {
        Self::new(name, value as f64)
    }

    /// A histogram.
    #[must_use]
    pub const fn histogram(name: &'static str, sum: f64, buckets: Vec<(f64, u64)>) -> Self {
        Self { name, value: sum, labels: Vec::new(), buckets }
    }

    /// With one more label.
    #[must_use]
    pub fn label(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.labels.push((name, value.to_string()));
        self
    }
}

impl From<(&'static str, u64)> for Figure {
    fn from((name, value): (&'static str, u64)) -> Self {
        Self::count(name, value)
    }
}

type Labels = Vec<(&'static str, String)>;
type Read = Box<dyn Fn() -> Vec<Figure> + Send + Sync>;

struct Source {
    prefix: &'static str,
    labels: Labels,
    read: Read,
}

/// All sources of a process; cheap to clone.
#[derive(Clone, Default)]
pub struct Figures(Arc<Mutex<Vec<Source>>>);

impl Figures {
    /// Adds a source. Its figures are called `muckwatch_PREFIX_NAME` (an empty prefix is left out) and carry `labels` besides their own. `read` is called at each
    /// scrape: it must be quick and wait for nothing.
    ///
    /// ```
    /// use muckwatch::{gateway::counters::Counters, ops::figures::Figures};
    /// let (figures, counters) = (Figures::default(), Counters::default());
    /// figures.register("gateway", vec![("gateway", "7".to_owned())], move || counters.values().named());
    /// assert!(figures.text().contains("muckwatch_gateway_frames_total{gateway=\"7\"} 0"));
    /// ```
    pub fn register<F, T>(&self, prefix: &'static str, labels: Labels, read: F)
    where
        F: Fn() -> Vec<T> + Send + Sync + 'static,
        T: Into<Figure>,
    {
        let read = Box::new(move || read().into_iter().map(Into::into).collect());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Source { prefix, labels, read });
    }

    /// Takes all sources away.
    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Every figure now, with all its labels, by full name (without `_total`).
    fn gather(&self) -> BTreeMap<String, Vec<Figure>> {
        let mut families: BTreeMap<String, Vec<Figure>> = BTreeMap::new();
        for source in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            for figure in (source.read)() {
                let labels = source.labels.iter().cloned().chain(figure.labels).collect();
                families.entry(full(source.prefix, figure.name)).or_default().push(Figure { labels, ..figure });
            }
        }
        families
    }

    /// Names of figures that the catalogue does not know: they are not shown, and that is our bug.
    #[must_use]
    pub fn unknown(&self) -> Vec<String> {
        self.gather().into_keys().filter(|name| meaning(name).is_none()).collect()
    }

    /// Sums over all labels, by name; what `/health` shows.
    #[must_use]
    pub fn sums(&self) -> BTreeMap<String, f64> {
        let sum = |figures: Vec<Figure>| figures.iter().map(|figure| figure.value).sum();
        self.gather().into_iter().map(|(name, values)| (name, sum(values))).collect()
    }

    /// The text Prometheus reads (`OpenMetrics` 1.0).
    #[must_use]
    pub fn text(&self) -> String {
        self.text_and(&Self::default())
    }

    /// That text with the families of `more` behind it, of which none may be one of these.
    #[must_use]
    pub fn text_and(&self, more: &Self) -> String {
        let mut registry = Registry::with_prefix("muckwatch");
        registry.register_collector(Box::new(self.clone()));
        registry.register_collector(Box::new(more.clone()));
        let mut text = String::new();
        encode(&mut text, &registry).expect("writing to memory does not fail");
        text
    }
}

impl fmt::Debug for Figures {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sources = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        out.debug_list().entries(sources.iter().map(|source| source.prefix)).finish()
    }
}

impl Collector for Figures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for (name, values) in self.gather() {
            if let Some(meaning) = meaning(&name) {
                family(&mut encoder, &name, meaning, values)?;
            }
        }
        Ok(())
    }
}

fn family(encoder: &mut DescriptorEncoder<'_>, name: &str, meaning: &Meaning, figures: Vec<Figure>) -> fmt::Result {
    let (stem, unit) = unit(name);
    let kind = match meaning.kind {
        Kind::Counter => MetricType::Counter,
        Kind::Gauge => MetricType::Gauge,
        Kind::Histogram => MetricType::Histogram,
    };
    let mut metric = encoder.encode_descriptor(stem, meaning.help, unit.as_ref(), kind)?;
    for Figure { value, labels, buckets, .. } in figures {
        let labels = LabelSet(labels);
        let mut encoder = metric.encode_family(&labels)?;
        match meaning.kind {
            Kind::Counter => ConstCounter::new(value).encode(encoder)?,
            Kind::Gauge => ConstGauge::new(value).encode(encoder)?,
            Kind::Histogram => {
                let count = buckets.iter().map(|(_, count)| count).sum();
                encoder.encode_histogram::<NoLabelSet>(value, count, &buckets, None)?;
            }
        }
    }
    Ok(())
}

fn full(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}_{name}") }
}

/// The unit a name ends with, which the encoder wants apart.
fn unit(name: &str) -> (&str, Option<Unit>) {
    for (ending, unit) in [("_bytes", Unit::Bytes), ("_seconds", Unit::Seconds)] {
        if let Some(stem) = name.strip_suffix(ending) {
            return (stem, Some(unit));
        }
    }
    (name, None)
}

#[derive(Debug)]
struct LabelSet(Labels);

impl EncodeLabelSet for LabelSet {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> fmt::Result {
        for (name, value) in &self.0 {
            (*name, value.as_str()).encode(encoder.encode_label())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_of_one_name_become_one_family() {
        // Proves: two shards are two lines under one HELP, units and `_total` stand where the format wants them, strangers stay in;
        // a histogram has its buckets added up.
        let figures = Figures::default();
        for shard in [3, 4] {
            let read = move || vec![Figure::new("lag_seconds", f64::from(shard)).label("shard", shard)];
            figures.register("shard", vec![("member", "one".to_owned())], read);
        }
        figures.register("gateway", Vec::new(), || vec![("frames", 7_u64), ("no_such_figure", 1)]);
        let buckets = vec![(0.5, 3), (1.0, 0), (f64::INFINITY, 2)];
        figures.register("worker", Vec::new(), move || vec![Figure::histogram("lag_seconds", 4.25, buckets.clone())]);
        let text = figures.text();
        assert!(text.contains("# TYPE muckwatch_worker_lag_seconds histogram\n"), "{text}");
        for line in ["sum{} 4.25", "count{} 5", "bucket{le=\"0.5\"} 3", "bucket{le=\"1.0\"} 3", "bucket{le=\"+Inf\"} 5"]
        {
            assert!(text.contains(&format!("muckwatch_worker_lag_seconds_{line}\n")), "{line}: {text}");
        }
        assert_eq!(text.matches("# HELP muckwatch_shard_lag_seconds ").count(), 1, "{text}");
        assert!(text.contains("# UNIT muckwatch_shard_lag_seconds seconds\n"), "{text}");
        assert!(text.contains("muckwatch_shard_lag_seconds{member=\"one\",shard=\"4\"} 4.0\n"), "{text}");
        assert!(text.contains("# TYPE muckwatch_gateway_frames counter\n"), "{text}");
        assert!(text.contains("muckwatch_gateway_frames_total{} 7.0\n"), "{text}");
        assert_eq!(figures.unknown(), ["gateway_no_such_figure"]);
        assert!(!text.contains("no_such_figure") && text.ends_with("# EOF\n"), "{text}");
    }
}
