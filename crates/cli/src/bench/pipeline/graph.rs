//! Where the frames of a sink come from: the way back from its pad through the elements before it.

use gst::prelude::*;

/// Links on the way of a stream, the first one first; each from an element's source pad to the next one's sink pad.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) links: Vec<Link>,
}

#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) src: gst::Pad,
    pub(super) sink: gst::Pad,
}

/// An element that frames pass, by the pads that they take.
#[derive(Debug)]
pub(super) struct Station {
    pub(super) element: gst::Element,
    pub(super) sink: gst::Pad,
    pub(super) src: gst::Pad,
}

impl Way {
    /// From the video decoder before `sink`, or from the source if there is none.
    pub(super) fn to(sink: &gst::Pad) -> Self {
        let mut links = Vec::new();
        let mut next = Some(sink.clone());
        while let Some(sink) = next
            && let Some(src) = real_peer(&sink)
        {
            next = src
                .parent_element()
                .filter(|element| !is_origin(element))
                .and_then(|_| input_of(&src));
            links.push(Link { src, sink });
        }
        links.reverse();
        Self { links }
    }

    /// The part on which raw pictures travel: behind an encoder nobody knows which picture is which.
    pub(super) fn raw(mut self) -> Self {
        self.links.retain(|link| is_raw(&link.sink));
        self
    }

    /// The elements between the first link and the last.
    pub(super) fn stations(&self) -> Vec<Station> {
        let pairs = self.links.iter().zip(self.links.iter().skip(1));
        let station = |(before, after): (&Link, &Link)| {
            Some(Station {
                element: after.src.parent_element()?,
                sink: before.sink.clone(),
                src: after.src.clone(),
            })
        };
        pairs.filter_map(station).collect()
    }
}

fn is_raw(pad: &gst::Pad) -> bool {
    let caps = pad.current_caps();
    caps.as_ref()
        .and_then(|caps| caps.structure(0))
        .is_some_and(|structure| structure.name() == "video/x-raw")
}

fn is_origin(element: &gst::Element) -> bool {
    let class = element.metadata(gst::ELEMENT_METADATA_KLASS).unwrap_or_default();
    class.contains("Decoder") && class.contains("Video") || element.num_sink_pads() == 0
}

/// The source pad of an element that feeds `sink`, through the walls of bins.
fn real_peer(sink: &gst::Pad) -> Option<gst::Pad> {
    let mut pad = sink.peer()?;
    loop {
        pad = if let Some(ghost) = pad.downcast_ref::<gst::GhostPad>() {
            // Out of a bin: the pad inside that it stands for.
            ghost.target()?
        } else if let Some(proxy) = pad.downcast_ref::<gst::ProxyPad>() {
            // Into a bin: what is linked to the bin's own pad.
            proxy.internal()?.peer()?
        } else {
            return Some(pad);
        };
    }
}

/// The sink pad that `src` gets its data from; the first that has pictures, of several.
fn input_of(src: &gst::Pad) -> Option<gst::Pad> {
    let inputs: Vec<gst::Pad> = src.iterate_internal_links().into_iter().flatten().collect();
    let raw = inputs.iter().find(|pad| is_raw(pad)).cloned();
    raw.or_else(|| inputs.into_iter().next())
}

/// All elements of `pipeline` that are no bins, also those in bins.
pub(super) fn elements(pipeline: &gst::Pipeline) -> Vec<gst::Element> {
    let all = pipeline.iterate_recurse().into_iter().flatten();
    all.filter(|element| !element.is::<gst::Bin>()).collect()
}

/// The pads on which data ends its way.
pub(super) fn sinks(pipeline: &gst::Pipeline) -> Vec<gst::Pad> {
    let ends = elements(pipeline)
        .into_iter()
        .filter(|element| element.element_flags().contains(gst::ElementFlags::SINK) && element.num_src_pads() == 0);
    ends.flat_map(|element| element.sink_pads()).collect()
}
