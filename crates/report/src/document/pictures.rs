//! Two views of one picture.

use luchs_scene::event::NormalizedBox;

use crate::picture::Picture;

/// One picture with what two have found in it, side by side.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The picture.
    pub picture: Picture,
    /// Which one it is: a file, a time.
    pub name: String,
    /// What the first has found.
    pub left: Side,
    /// What the second has found.
    pub right: Side,
}

/// What one has found.
#[derive(Clone, Debug)]
pub struct Side {
    /// Who, and how much.
    pub caption: String,
    /// Where.
    pub boxes: Vec<Marked>,
}

/// A box on a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Marked {
    /// Where, in parts of the picture.
    pub area: NormalizedBox,
    /// Written at the box, where it is to be seen.
    pub label: String,
    /// What only this side has found: drawn so that it is seen first.
    pub alone: bool,
}
