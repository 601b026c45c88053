//! The image of the wait program, as `make image` lays it out, with the smallest programs that go into it.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use waitwarden_image::{Bom, Content, Image, Platform, Program};

/// A static ELF program of a machine: a header and one segment.
fn elf(machine: u16) -> Vec<u8> {
    let mut bytes = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    for half in [2, machine] {
        bytes.extend(half.to_le_bytes());
    }
    bytes.extend(1_u32.to_le_bytes());
    for wide in [0x40_0078_u64, 64, 0] {
        bytes.extend(wide.to_le_bytes());
    }
    bytes.extend(0_u32.to_le_bytes());
    for half in [64_u16, 56, 1, 64, 0, 0] {
        bytes.extend(half.to_le_bytes());
    }
    for word in [1_u32, 5] {
        bytes.extend(word.to_le_bytes());
    }
    // Offset, addresses, sizes, alignment.
    for wide in [0_u64, 0x40_0000, 0x40_0000, 120, 120, 4096] {
        bytes.extend(wide.to_le_bytes());
    }
    bytes
}

/// Writes a layout for both platforms, with the bill of materials.
pub(crate) fn layout(folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    // Cargo takes its time.
    static BOM: LazyLock<Result<Bom, String>> = LazyLock::new(|| {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = here.parent().and_then(Path::parent).ok_or("no workspace")?;
        Bom::of(root, Content::Wait, &[Platform::Amd64, Platform::Arm64]).map_err(|error| error.to_string())
    });
    let bom = BOM.as_ref().map_err(Clone::clone)?;
    let programs = [Program::new(Platform::Amd64, elf(62))?, Program::new(Platform::Arm64, elf(183))?];
    let image = Image {
        content: Content::Wait,
        version: "1.2.3",
        created: jiff::Timestamp::UNIX_EPOCH,
        programs: &programs,
        bom,
    };
    let path = folder.join("layout");
    image.layout()?.write(&path)?;
    Ok(path)
}
