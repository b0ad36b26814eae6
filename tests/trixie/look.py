"""Looks at the objects of a pipeline with GStreamer's own bindings: look.py FRAMES PIPELINE…

The pipeline ends in an appsink named “end”. For each frame that has objects, checks that its regions of interest and its
relation meta tell of the same ones. Prints what it saw as JSON.
"""

import json
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstAnalytics", "1.0")
gi.require_version("GstApp", "1.0")
gi.require_version("GstVideo", "1.0")
from gi.repository import GLib, Gst, GstAnalytics, GstApp, GstVideo  # noqa: E402, F401


def region(buffer, number):
    """Label, box, track and id of the region of interest with this id."""
    meta = GstVideo.buffer_get_video_region_of_interest_meta_id(buffer, number)
    if not meta:
        return None
    track = meta.get_param("object_id")
    return (GLib.quark_to_string(meta.roi_type), (meta.x, meta.y, meta.w, meta.h),
            track.get_int("id")[1] if track else None, number)


def entries(buffer):
    """Label, box, track and id of each object of the relation meta; the times of the tracks."""
    relation = GstAnalytics.buffer_get_analytics_relation_meta(buffer)
    if not relation:
        return
    length = GstAnalytics.relation_get_length(relation)
    tracks = {}
    for number in range(length):
        found, track = relation.get_tracking_mtd(number)
        if found:
            tracks[number] = track.get_info()
    for number in range(length):
        found, thing = relation.get_od_mtd(number)
        if not found:
            continue
        _, x, y, w, h, confidence = thing.get_location()
        related = [info for other, info in tracks.items()
                   if relation.get_relation(number, other) & GstAnalytics.RelTypes.RELATE_TO]
        assert len(related) <= 1 and 0 < confidence <= 1, (related, confidence)
        for _, _, first, last, lost in related:
            assert first <= last and not lost, related
        yield (GLib.quark_to_string(thing.get_obj_type()), (x, y, w, h),
               related[0].tracking_id if related else None, number)


def main(frames, words):
    Gst.init(None)
    pipeline = Gst.parse_launch(words)
    end = pipeline.get_by_name("end")
    pipeline.set_state(Gst.State.PLAYING)
    seen = {"frames": 0, "objects": 0, "tracks": set(), "labels": set()}
    while seen["frames"] < frames:
        sample = end.emit("try-pull-sample", 60 * Gst.SECOND)
        if not sample:
            message = pipeline.get_bus().pop_filtered(Gst.MessageType.ERROR)
            sys.exit(f"no more frames after {seen['frames']}: {message.parse_error() if message else 'end of stream'}")
        buffer = sample.get_buffer()
        here = list(entries(buffer))
        there = [region(buffer, number) for *_, number in here]
        count = buffer.get_n_meta(GstVideo.video_region_of_interest_meta_api_get_type())
        if here != there or count != len(here):
            sys.exit(f"frame {seen['frames']}: the relation meta says {here}, the {count} regions of interest {there}")
        seen["frames"] += 1
        seen["objects"] += len(here)
        seen["labels"].update(label for label, *_ in here)
        seen["tracks"].update(track for _, _, track, _ in here if track is not None)
    pipeline.set_state(Gst.State.NULL)
    print(json.dumps(seen, default=sorted))


main(int(sys.argv[1]), sys.argv[2])
