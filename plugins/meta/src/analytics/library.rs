//! GStreamer's analytics library, by its C interface.
//!
//! It is neither linked nor needed: GStreamer 1.20 and 1.22 have none. Everything that is unsafe about it is in this file;
//! what goes in and out are plain values.

#![expect(unsafe_code, reason = "a foreign interface")]

use std::{
    ffi::{c_int, c_uint, c_void},
    ops::ControlFlow,
    ptr,
    sync::LazyLock,
};

use gst::{
    ffi::GstBuffer,
    glib::{
        Quark,
        ffi::gpointer,
        translate::{FromGlib as _, IntoGlib as _},
    },
};
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};

use super::graph::{Fact, Found, Graph, Relation};

const NAME: &str = "libgstanalytics-1.0.so.0";

/// The first version whose library has this interface.
const SINCE: (u32, u32) = (1, 24);

/// `GST_ANALYTICS_REL_TYPE_ANY`.
const ANY_RELATION: c_int = c_int::MAX;
/// `GST_ANALYTICS_MTD_TYPE_ANY`.
const ANY_TYPE: Type = 0;

/// `GstAnalyticsMtdType`, the address of what implements it.
type Type = usize;
/// `GstAnalyticsRelationMeta *`.
type Meta = *mut c_void;

/// `GstAnalyticsMtd`: which one, and of which meta.
#[repr(C)]
struct Handle {
    id: c_uint,
    meta: Meta,
}

impl Handle {
    const fn none() -> Self {
        Self {
            id: 0,
            meta: ptr::null_mut(),
        }
    }
}

macro_rules! functions {
    ($(#[$about:meta])* struct $group:ident; $($name:ident($($argument:ty),*) $(-> $returned:ty)?;)*) => {
        $(#[$about])*
        struct $group { $($name: unsafe extern "C" fn($($argument),*) $(-> $returned)?,)* }

        impl $group {
            /// # Safety
            /// `library` has to be GStreamer's analytics library, and to stay loaded.
            unsafe fn of(library: &Library) -> Result<Self, libloading::Error> {
                // SAFETY: the types are those of the headers, which later versions keep.
                Ok(Self { $($name: *unsafe { library.get(concat!(stringify!($name), "\0").as_bytes()) }?,)* })
            }
        }
    };
}

functions! {
    /// The functions of the library, under its own names.
    #[expect(clippy::struct_field_names, reason = "that is how they begin there")]
    struct Functions;
    gst_analytics_relation_meta_api_get_type() -> gst::glib::ffi::GType;
    gst_buffer_add_analytics_relation_meta(*mut GstBuffer) -> Meta;
    gst_buffer_get_analytics_relation_meta(*mut GstBuffer) -> Meta;
    gst_analytics_relation_get_length(Meta) -> usize;
    gst_analytics_relation_meta_get_mtd(Meta, c_uint, Type, *mut Handle) -> c_int;
    gst_analytics_relation_meta_get_direct_related(Meta, c_uint, c_int, Type, *mut gpointer, *mut Handle) -> c_int;
    gst_analytics_relation_meta_get_relation(Meta, c_uint, c_uint) -> c_uint;
    gst_analytics_relation_meta_set_relation(Meta, c_uint, c_uint, c_uint) -> c_int;
    gst_analytics_mtd_get_mtd_type(*const Handle) -> Type;
    gst_analytics_od_mtd_get_mtd_type() -> Type;
    gst_analytics_od_mtd_get_location(*const Handle, *mut c_int, *mut c_int, *mut c_int, *mut c_int, *mut f32) -> c_int;
    gst_analytics_od_mtd_get_obj_type(*const Handle) -> u32;
    gst_analytics_relation_meta_add_od_mtd(Meta, u32, c_int, c_int, c_int, c_int, f32, *mut Handle) -> c_int;
    gst_analytics_tracking_mtd_get_mtd_type() -> Type;
    gst_analytics_tracking_mtd_get_info(*const Handle, *mut u64, *mut u64, *mut u64, *mut c_int) -> c_int;
    gst_analytics_relation_meta_add_tracking_mtd(Meta, u64, u64, *mut Handle) -> c_int;
    gst_analytics_tracking_mtd_update_last_seen(*mut Handle, u64) -> c_int;
    gst_analytics_tracking_mtd_set_lost(*mut Handle) -> c_int;
    gst_analytics_cls_mtd_get_mtd_type() -> Type;
    gst_analytics_cls_mtd_get_length(*const Handle) -> usize;
    gst_analytics_cls_mtd_get_level(*const Handle, usize) -> f32;
    gst_analytics_cls_mtd_get_quark(*const Handle, usize) -> u32;
    gst_analytics_relation_meta_add_cls_mtd(Meta, usize, *mut f32, *mut u32, *mut Handle) -> c_int;
}

functions! {
    /// Boxes that are turned, which there are from 1.26 on.
    struct Turned;
    gst_analytics_od_mtd_get_oriented_location(
        *const Handle, *mut c_int, *mut c_int, *mut c_int, *mut c_int, *mut f32, *mut f32
    ) -> c_int;
    gst_analytics_relation_meta_add_oriented_od_mtd(
        Meta, u32, c_int, c_int, c_int, c_int, f32, f32, *mut Handle
    ) -> c_int;
}

/// The library and the types that it has made known.
struct Analytics {
    call: Functions,
    turned: Option<Turned>,
    api: gst::glib::Type,
    object: Type,
    track: Type,
    classes: Type,
}

fn analytics() -> Option<&'static Analytics> {
    static ANALYTICS: LazyLock<Option<Analytics>> = LazyLock::new(|| {
        let (major, minor, ..) = gst::version();
        if (major, minor) < SINCE {
            return None;
        }
        open()
            .inspect_err(|err| gst::info!(gst::CAT_RUST, "no relation metas, as {NAME} cannot be used: {err}"))
            .ok()
    });
    ANALYTICS.as_ref()
}

fn open() -> Result<Analytics, libloading::Error> {
    // SAFETY: what runs when it is loaded is what runs when any plug-in of GStreamer loads it.
    let library = unsafe { Library::open(Some(NAME), RTLD_NOW | RTLD_LOCAL) }?;
    // SAFETY: it is that library by its name and version, and never closed, as the next line sees to.
    let (call, turned) = unsafe { (Functions::of(&library)?, Turned::of(&library).ok()) };
    // GStreamer keeps types and functions that the library registers for as long as the process lives.
    std::mem::forget(library);
    // SAFETY: these take nothing and only give (and at the first call register) constants.
    let (api, object, track, classes) = unsafe {
        (
            (call.gst_analytics_relation_meta_api_get_type)(),
            (call.gst_analytics_od_mtd_get_mtd_type)(),
            (call.gst_analytics_tracking_mtd_get_mtd_type)(),
            (call.gst_analytics_cls_mtd_get_mtd_type)(),
        )
    };
    Ok(Analytics {
        // SAFETY: it was registered by the call above.
        api: unsafe { gst::glib::Type::from_glib(api) },
        call,
        turned,
        object,
        track,
        classes,
    })
}

/// Whether this GStreamer has the library.
pub(crate) fn available() -> bool {
    analytics().is_some()
}

/// Everything that the frame's relation meta says; nothing without one.
pub(crate) fn read(buffer: &gst::BufferRef) -> Graph {
    let Some(analytics) = analytics() else {
        return Graph::default();
    };
    // SAFETY: the buffer lives, and the function only looks at its list of metas, whatever its C signature admits.
    let meta = unsafe { (analytics.call.gst_buffer_get_analytics_relation_meta)(buffer.as_ptr().cast_mut()) };
    if meta.is_null() {
        return Graph::default();
    }
    // SAFETY: a meta lives as long as its buffer, which is borrowed; reading changes nothing.
    unsafe { analytics.graph(meta) }
}

/// Adds a fact to the frame's relation meta, which is made if there is none; gives its id.
pub(crate) fn add(buffer: &mut gst::BufferRef, fact: &Fact) -> Option<u32> {
    let analytics = analytics()?;
    // SAFETY: the buffer lives and may be written to. The function gives a meta that it already has.
    let meta = unsafe { (analytics.call.gst_buffer_add_analytics_relation_meta)(buffer.as_mut_ptr()) };
    if meta.is_null() {
        return None;
    }
    // SAFETY: a meta lives as long as its buffer, which is borrowed for writing.
    unsafe { analytics.add(meta, fact) }
}

/// Relates two facts, which are both there.
pub(crate) fn relate(buffer: &mut gst::BufferRef, relation: Relation) {
    let Some(analytics) = analytics() else { return };
    // SAFETY: as in `read` and `add`; ids that are not there are refused by the function.
    let done = unsafe {
        let meta = (analytics.call.gst_buffer_get_analytics_relation_meta)(buffer.as_mut_ptr());
        !meta.is_null()
            && (analytics.call.gst_analytics_relation_meta_set_relation)(
                meta,
                relation.kinds,
                relation.from,
                relation.to,
            ) != 0
    };
    if !done {
        gst::warning!(gst::CAT_RUST, "could not relate {relation:?}");
    }
}

/// Takes the relation meta off.
pub(crate) fn remove(buffer: &mut gst::BufferRef) {
    let Some(analytics) = analytics() else { return };
    buffer.foreach_meta_mut(|meta| {
        ControlFlow::Continue(if meta.api() == analytics.api {
            gst::buffer::BufferMetaForeachAction::Remove
        } else {
            gst::buffer::BufferMetaForeachAction::Keep
        })
    });
}

impl Analytics {
    /// # Safety
    /// `meta` has to be a relation meta that nobody writes to meanwhile.
    unsafe fn graph(&self, meta: Meta) -> Graph {
        let call = &self.call;
        let mut graph = Graph::default();
        // SAFETY (of all calls below): by the caller's promise `meta` is one; every handle was filled by it just before, and
        // every other pointer is to a variable of ours of the type that the function writes.
        let length = unsafe { (call.gst_analytics_relation_get_length)(meta) };
        for id in 0..u32::try_from(length).unwrap_or(0) {
            let mut handle = Handle::none();
            // SAFETY: see above.
            let fact = unsafe {
                if (call.gst_analytics_relation_meta_get_mtd)(meta, id, ANY_TYPE, &raw mut handle) == 0 {
                    Fact::Foreign
                } else {
                    self.fact(&handle)
                }
            };
            let known = !matches!(fact, Fact::Foreign);
            graph.facts.push(fact);
            // Asked for a type each: for all types at once the library complains where it logs everything.
            for kind in [self.object, self.track, self.classes].into_iter().filter(|_| known) {
                let (mut state, mut other) = (ptr::null_mut(), Handle::none());
                // SAFETY: see above; the state is null at first and only handed back.
                while unsafe {
                    (call.gst_analytics_relation_meta_get_direct_related)(
                        meta,
                        id,
                        ANY_RELATION,
                        kind,
                        &raw mut state,
                        &raw mut other,
                    )
                } != 0
                {
                    // SAFETY: see above.
                    let kinds = unsafe { (call.gst_analytics_relation_meta_get_relation)(meta, id, other.id) };
                    graph.relations.push(Relation {
                        from: id,
                        to: other.id,
                        kinds,
                    });
                }
            }
        }
        graph
    }

    /// # Safety
    /// `handle` has to be of a relation meta that nobody writes to meanwhile.
    unsafe fn fact(&self, handle: &Handle) -> Fact {
        let call = &self.call;
        // SAFETY (of all calls below): by the caller's promise; out parameters are variables of ours of the written types.
        let kind = unsafe { (call.gst_analytics_mtd_get_mtd_type)(handle) };
        if kind == self.object {
            let (mut x, mut y, mut w, mut h, mut turn, mut confidence) = (0, 0, 0, 0, 0.0, f32::NAN);
            let (left, top, width, height) = (&raw mut x, &raw mut y, &raw mut w, &raw mut h);
            let sure = &raw mut confidence;
            // SAFETY: see above.
            let label = unsafe {
                if let Some(turned) = &self.turned {
                    let turn = &raw mut turn;
                    (turned.gst_analytics_od_mtd_get_oriented_location)(handle, left, top, width, height, turn, sure);
                } else {
                    (call.gst_analytics_od_mtd_get_location)(handle, left, top, width, height, sure);
                }
                (call.gst_analytics_od_mtd_get_obj_type)(handle)
            };
            return Fact::Object(Found {
                label: quark(label),
                rect: (x, y, w, h),
                turn,
                confidence,
            });
        }
        if kind == self.track {
            let (mut id, mut first_seen, mut last_seen, mut lost) = (0, u64::MAX, u64::MAX, 0);
            // SAFETY: see above.
            unsafe {
                (call.gst_analytics_tracking_mtd_get_info)(
                    handle,
                    &raw mut id,
                    &raw mut first_seen,
                    &raw mut last_seen,
                    &raw mut lost,
                )
            };
            return Fact::Track {
                id,
                first_seen,
                last_seen,
                lost: lost != 0,
            };
        }
        if kind == self.classes {
            // SAFETY: see above; each index is below the length.
            return Fact::Classes(unsafe {
                (0..(call.gst_analytics_cls_mtd_get_length)(handle))
                    .map(|index| {
                        let label = (call.gst_analytics_cls_mtd_get_quark)(handle, index);
                        ((call.gst_analytics_cls_mtd_get_level)(handle, index), quark(label))
                    })
                    .collect()
            });
        }
        Fact::Foreign
    }

    /// # Safety
    /// `meta` has to be a relation meta of a buffer that may be written to.
    unsafe fn add(&self, meta: Meta, fact: &Fact) -> Option<u32> {
        let call = &self.call;
        let mut handle = Handle::none();
        // SAFETY: by the caller's promise; the arrays are as long as said and copied by the function.
        let added = unsafe {
            match fact {
                Fact::Object(found) => {
                    let (x, y, w, h) = found.rect;
                    let (sure, handle) = (found.confidence, &raw mut handle);
                    let label = found.label.map_or(0, Quark::into_glib);
                    match &self.turned {
                        Some(turned) if found.turn != 0.0 => (turned.gst_analytics_relation_meta_add_oriented_od_mtd)(
                            meta, label, x, y, w, h, found.turn, sure, handle,
                        ),
                        _ => (call.gst_analytics_relation_meta_add_od_mtd)(meta, label, x, y, w, h, sure, handle),
                    }
                }
                Fact::Track {
                    id,
                    first_seen,
                    last_seen,
                    lost,
                } => {
                    let handle = &raw mut handle;
                    let added = (call.gst_analytics_relation_meta_add_tracking_mtd)(meta, *id, *first_seen, handle);
                    if added != 0 {
                        (call.gst_analytics_tracking_mtd_update_last_seen)(handle, *last_seen);
                        if *lost {
                            (call.gst_analytics_tracking_mtd_set_lost)(handle);
                        }
                    }
                    added
                }
                Fact::Classes(classes) => {
                    let mut levels: Vec<f32> = classes.iter().map(|(level, _)| *level).collect();
                    let mut labels: Vec<u32> = classes
                        .iter()
                        .map(|(_, label)| label.map_or(0, Quark::into_glib))
                        .collect();
                    (call.gst_analytics_relation_meta_add_cls_mtd)(
                        meta,
                        classes.len(),
                        levels.as_mut_ptr(),
                        labels.as_mut_ptr(),
                        &raw mut handle,
                    )
                }
                Fact::Foreign => 0,
            }
        };
        (added != 0).then_some(handle.id)
    }
}

/// None for the quark 0, which stands for no text.
fn quark(number: u32) -> Option<Quark> {
    // SAFETY: the numbers come from facts, which keep quarks, and 0 is sorted out.
    (number != 0).then(|| unsafe { Quark::from_glib(number) })
}
