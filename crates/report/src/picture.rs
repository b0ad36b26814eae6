//! Pictures that travel inside a report.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use luchs_scene::Size;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A JPEG or PNG file, whole. In JSON its bytes are base64.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Encoded", into = "Encoded")]
#[schemars(with = "Encoded")]
pub struct Picture {
    media: Media,
    size: Size,
    bytes: Vec<u8>,
}

/// What kind of file a [`Picture`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Media {
    /// JPEG.
    #[serde(rename = "image/jpeg")]
    Jpeg,
    /// PNG.
    #[serde(rename = "image/png")]
    Png,
}

/// Why bytes are no [`Picture`].
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// Something else, or nothing.
    #[error("a picture of {0} bytes begins neither like JPEG nor like PNG: encode it as one of them")]
    Format(usize),
    /// Width or height is nothing.
    #[error("a picture is {width}×{height} pixels: give the size that it has", width = .0.width, height = .0.height)]
    Size(Size),
    /// Text that is not base64.
    #[error("a picture is not in base64: {0}")]
    Base64(#[from] base64::DecodeError),
}

/// How it stands in JSON.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Picture")]
struct Encoded {
    /// Kind of file. What the bytes begin with decides.
    media_type: Media,
    /// In pixels.
    width: u32,
    /// In pixels.
    height: u32,
    /// The file in base64 (RFC 4648, section 4).
    data: String,
}

impl Media {
    /// The media type: `image/jpeg`, `image/png`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
            Some(Self::Jpeg)
        } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else {
            None
        }
    }
}

impl Picture {
    /// The file `bytes`, whose picture has `size` pixels.
    pub fn new(bytes: Vec<u8>, size: Size) -> Result<Self, PictureError> {
        let media = Media::of(&bytes).ok_or(PictureError::Format(bytes.len()))?;
        if size.width == 0 || size.height == 0 {
            return Err(PictureError::Size(size));
        }
        Ok(Self { media, size, bytes })
    }

    /// In pixels.
    pub fn size(&self) -> Size {
        self.size
    }

    /// The file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// `data:image/jpeg;base64,…`
    pub(crate) fn data_uri(&self) -> String {
        format!(
            "data:{};base64,{}",
            self.media.as_str(),
            BASE64_STANDARD.encode(&self.bytes)
        )
    }
}

/// Without its thousands of bytes.
impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Picture")
            .field("media", &self.media)
            .field("size", &self.size)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

impl From<Picture> for Encoded {
    fn from(picture: Picture) -> Self {
        Self {
            media_type: picture.media,
            width: picture.size.width,
            height: picture.size.height,
            data: BASE64_STANDARD.encode(&picture.bytes),
        }
    }
}

impl TryFrom<Encoded> for Picture {
    type Error = PictureError;

    fn try_from(encoded: Encoded) -> Result<Self, PictureError> {
        let Encoded { width, height, .. } = encoded;
        Self::new(BASE64_STANDARD.decode(encoded.data)?, Size { width, height })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 2, height: 1 };
    const JPEG: &[u8] = &[0xff, 0xd8, 0xff, 0xe0];

    #[test]
    fn a_picture_goes_through_json_as_base64() {
        let picture = Picture::new(JPEG.to_vec(), SIZE).unwrap();
        let json = serde_json::to_string(&picture).unwrap();
        assert_eq!(
            json,
            r#"{"media_type":"image/jpeg","width":2,"height":1,"data":"/9j/4A=="}"#
        );
        assert_eq!(serde_json::from_str::<Picture>(&json).unwrap(), picture);
        assert_eq!(picture.data_uri(), "data:image/jpeg;base64,/9j/4A==");
    }

    #[test]
    fn what_is_no_picture_does_not_get_in() {
        let svg = b"<svg onload=alert(1)>".to_vec();
        let message = Picture::new(svg, SIZE).unwrap_err().to_string();
        assert!(
            message.contains("21 bytes") && message.contains("encode it"),
            "{message}"
        );
        assert!(matches!(
            Picture::new(JPEG.to_vec(), Size { width: 0, height: 1 }),
            Err(PictureError::Size(_))
        ));
        let text = r#"{"media_type":"image/png","width":2,"height":1,"data":"<>"}"#;
        assert!(
            serde_json::from_str::<Picture>(text)
                .unwrap_err()
                .to_string()
                .contains("base64")
        );
    }

    #[test]
    fn what_the_bytes_are_decides_not_what_is_said_of_them() {
        let text = r#"{"media_type":"image/png","width":2,"height":1,"data":"/9j/4A=="}"#;
        let picture: Picture = serde_json::from_str(text).unwrap();
        assert!(picture.data_uri().starts_with("data:image/jpeg;"));
    }
}
