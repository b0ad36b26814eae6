//! In steady state a frame costs no allocation. A program of its own, because it counts those of the whole process.

#![expect(unsafe_code, reason = "an allocator is unsafe by nature")]

use std::{
    alloc::{GlobalAlloc, Layout as Memory, System},
    sync::atomic::{AtomicUsize, Ordering},
};

use luchs_scene::{Rect, Size};
use luchs_vision::{
    Align, ColorOrder, ElementType, Fit, Frame, InputSpec, Layout, Matrix, Padding, PixelFormat, Plane, Preprocessor,
    Range,
};

struct Counting;

static COUNT: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: everything is passed on to the system's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, memory: Memory) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(memory) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, memory: Memory) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, memory) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, memory: Memory, size: usize) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(pointer, memory, size) }
    }
}

fn allocations(work: impl FnOnce()) -> usize {
    let before = COUNT.load(Ordering::Relaxed);
    work();
    COUNT.load(Ordering::Relaxed) - before
}

/// One test, so that no other thread counts too.
#[test]
fn a_frame_costs_no_allocation() {
    assert!(
        allocations(|| drop(std::hint::black_box(vec![1_u8; 99]))) > 0,
        "nothing is counted"
    );
    let size = Size {
        width: 321,
        height: 181,
    };
    let spec = InputSpec {
        size: Size { width: 96, height: 96 },
        layout: Layout::Nchw,
        element: ElementType::F32,
        order: ColorOrder::Bgr,
        fit: Fit::Letterbox {
            align: Align::TopLeft,
            pad: 114,
        },
        mean: [0.0; 3],
        std: [1.0; 3],
    };
    for format in PixelFormat::ALL {
        let data: Vec<_> = (0..format.planes())
            .map(|plane| {
                let (row, rows) = format.plane_extent(plane, size);
                (vec![99; row * rows], row)
            })
            .collect();
        let planes: Vec<_> = data
            .iter()
            .map(|(data, stride)| Plane { data, stride: *stride })
            .collect();
        let frame = Frame::new(format, size, &planes, Matrix::Bt709, Range::Limited).unwrap();
        let mut preprocessor = Preprocessor::new(spec).unwrap();
        let (mut tensor, mut padding) = (vec![0.0; spec.elements()], Padding::default());
        // Regions that take turns, as objects do, may be new each time: their tables fit where the largest one's were.
        let regions = [40.0, 50.0, 33.5].map(|x| Rect {
            x,
            y: x / 2.0,
            w: 100.0,
            h: 100.0,
        });
        preprocessor.fill_f32(&frame, Some(regions[0]), &mut tensor).unwrap();
        preprocessor.fill_f32(&frame, None, &mut tensor).unwrap();
        let count = allocations(|| {
            for region in regions {
                preprocessor.fill_f32(&frame, None, &mut tensor).unwrap();
                preprocessor.fill_f32(&frame, None, &mut tensor).unwrap();
                preprocessor
                    .refill_f32(&frame, None, &mut tensor, &mut padding)
                    .unwrap();
                preprocessor.fill_f32(&frame, Some(region), &mut tensor).unwrap();
            }
        });
        assert_eq!(count, 0, "{format:?}");
    }
}
