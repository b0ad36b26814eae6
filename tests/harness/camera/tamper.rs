//! What a camera does to its packets on their way out: noise instead of pictures, another time than ours.

use std::sync::{Arc, atomic::Ordering::Relaxed};

use anyhow::{Context, Result};
use gst::{PadProbeData, PadProbeReturn, PadProbeType, prelude::*};
use gst_rtsp_server::{RTSPMedia, prelude::*};

use super::behaviour::Behaviour;
use crate::Seeded;

/// Length of an RTP header without extensions, as payloaders make it.
const RTP_HEADER: usize = 12;
/// RTCP's packet type of sender reports, and where the NTP time is in them (RFC 3550, 6.4.1).
const SENDER_REPORT: u8 = 200;
const NTP_TIME: std::ops::Range<usize> = 8..16;
/// Time between reports. Cameras take five seconds; tests have less of it.
const REPORT_INTERVAL: u64 = 1_000_000_000;

/// Fills RTP payloads with noise as long as the camera is to.
pub(super) fn payloads(payloader: &gst::Element, behaviour: Arc<Behaviour>) -> Result<()> {
    let pad = payloader.static_pad("src").context("a payloader without a pad")?;
    let noise = std::sync::Mutex::new(Seeded::of(1, "noise"));
    pad.add_probe(PadProbeType::BUFFER | PadProbeType::BUFFER_LIST, move |_, info| {
        if Behaviour::is(&behaviour.is_garbled) {
            let mut noise = noise.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            match &mut info.data {
                Some(PadProbeData::Buffer(packet)) => *packet = garbled(packet, &mut noise),
                Some(PadProbeData::BufferList(list)) => {
                    *list = list.iter_owned().map(|packet| garbled(&packet, &mut noise)).collect();
                }
                _ => {}
            }
        }
        PadProbeReturn::Ok
    });
    Ok(())
}

fn garbled(packet: &gst::Buffer, noise: &mut Seeded) -> gst::Buffer {
    let Ok(bytes) = packet.map_readable() else {
        return packet.clone();
    };
    let mut bytes = bytes.to_vec();
    for byte in bytes.iter_mut().skip(RTP_HEADER) {
        *byte = noise.draw() as u8;
    }
    let mut garbled = gst::Buffer::from_mut_slice(bytes);
    if let Some(garbled) = garbled.get_mut() {
        // The times cannot fail to be copied into a buffer that is ours alone.
        drop(packet.copy_into(
            garbled,
            gst::BufferCopyFlags::META | gst::BufferCopyFlags::FLAGS | gst::BufferCopyFlags::TIMESTAMPS,
            ..,
        ));
    }
    garbled
}

/// Tells the camera's time in sender reports, or keeps it to itself.
pub(super) fn reports(media: &RTSPMedia, behaviour: &Arc<Behaviour>) -> Result<()> {
    let pipeline = media
        .element()
        .parent()
        .and_downcast::<gst::Pipeline>()
        .context("a media without a pipeline")?;
    let behaviour = behaviour.clone();
    pipeline.connect_element_added(move |_, element| {
        if element.factory().is_some_and(|factory| factory.name() == "rtpbin") {
            let behaviour = behaviour.clone();
            element.connect_pad_added(move |_, pad| {
                if pad.name().starts_with("send_rtcp_src") {
                    report(pad, behaviour.clone());
                }
            });
        }
    });
    media.connect_prepared(move |_| {
        if let Some(session) = pipeline
            .iterate_elements()
            .into_iter()
            .flatten()
            .find(|element| element.factory().is_some_and(|factory| factory.name() == "rtpbin"))
            .and_then(|bin| bin.emit_by_name::<Option<gst::glib::Object>>("get-internal-session", &[&0_u32]))
        {
            session.set_property("rtcp-min-interval", REPORT_INTERVAL);
        }
    });
    Ok(())
}

fn report(pad: &gst::Pad, behaviour: Arc<Behaviour>) {
    pad.add_probe(PadProbeType::BUFFER, move |_, info| {
        let Some(PadProbeData::Buffer(packet)) = &mut info.data else {
            return PadProbeReturn::Ok;
        };
        let mut bytes = packet.map_readable().map(|bytes| bytes.to_vec()).unwrap_or_default();
        if bytes.get(1) != Some(&SENDER_REPORT) || bytes.len() < NTP_TIME.end {
            return PadProbeReturn::Ok;
        }
        if Behaviour::is(&behaviour.hides_time) {
            return PadProbeReturn::Drop;
        }
        // Seconds and parts of 2^32 of a second.
        let offset = (i128::from(behaviour.clock_offset.load(Relaxed)) << 32) / 1000;
        let mut time = [0; 8];
        time.copy_from_slice(&bytes[NTP_TIME]);
        let told = i128::from(u64::from_be_bytes(time)) + offset;
        bytes[NTP_TIME].copy_from_slice(&(told as u64).to_be_bytes());
        *packet = gst::Buffer::from_mut_slice(bytes);
        PadProbeReturn::Ok
    });
}
