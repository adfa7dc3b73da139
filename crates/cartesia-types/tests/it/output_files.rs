//! Output files: nothing that exists is ever worse than before.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use cartesia_types::fs::{AudioFile, OutputFile, check};
use cartesia_types::{AudioClip, ErrorKind, Mp3Format, RawFormat, WavFormat, wav};

const FORMAT: RawFormat = RawFormat::PCM_S16LE_16000;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OutputFile::create(path)?;
    file.write_all(content)?;
    file.finish()
}

#[test]
fn a_file_keeps_its_content_until_the_new_one_is_complete() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keep.wav");
    fs::write(&path, "old").unwrap();

    let mut file = OutputFile::create(&path).unwrap();
    file.write_all(b"new and longer").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"old");
    file.finish().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new and longer");
    assert_eq!(names(folder.path()), ["keep.wav"]);
}

#[test]
fn a_failure_leaves_the_old_file_and_what_arrived() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keep.wav");
    fs::write(&path, "old").unwrap();

    // Nothing arrived: no trace.
    drop(OutputFile::create(&path).unwrap());
    assert_eq!(names(folder.path()), ["keep.wav"]);

    // Partial files are not replaced either: dropped, given up, dropped.
    for (content, give_up) in [("one", false), ("two", true), ("three", false)] {
        let mut file = OutputFile::create(&path).unwrap();
        file.write_all(content.as_bytes()).unwrap();
        let partial = file.partial_path().unwrap().to_owned();
        if give_up {
            assert_eq!(file.keep_partial().unwrap(), partial);
        } else {
            drop(file);
        }
        assert_eq!(fs::read_to_string(partial).unwrap(), content);
    }
    let expected = [
        "keep.partial-2.wav",
        "keep.partial-3.wav",
        "keep.partial.wav",
        "keep.wav",
    ];
    assert_eq!(names(folder.path()), expected);
    assert_eq!(fs::read(&path).unwrap(), b"old");

    let mut file = OutputFile::create(&path).unwrap();
    file.write_all(b"unwanted").unwrap();
    file.discard();
    assert_eq!(names(folder.path()), expected);
}

#[test]
fn two_writers_of_one_file_do_not_mix() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shared");
    let mut first = OutputFile::create(&path).unwrap();
    let mut second = OutputFile::create(&path).unwrap();
    for _ in 0..100 {
        first.write_all(b"1").unwrap();
        second.write_all(b"2").unwrap();
    }
    second.finish().unwrap();
    first.finish().unwrap();
    assert_eq!(fs::read(&path).unwrap(), [b'1'; 100]);
    assert_eq!(names(folder.path()), ["shared"]);
}

#[test]
fn what_cannot_be_a_file_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let inside = |name: &str| {
        folder
            .path()
            .join(name)
            .into_os_string()
            .into_string()
            .unwrap()
    };
    fs::create_dir(inside("sub")).unwrap();
    fs::write(inside("file"), "").unwrap();
    let refused = [
        String::new(),
        "/".to_owned(),
        ".".to_owned(),
        "..".to_owned(),
        "sub/..".to_owned(),
        inside(".."),
        inside("sub"),
        inside("sub/"),
        inside("sub/."),
        inside("new/"),
        inside("new/."),
        inside("missing/new.wav"),
        inside("file/new.wav"),
        inside("nul\0name"),
    ];
    for path in refused {
        let error = check(&path).unwrap_err();
        assert!(error.to_string().contains("cannot be written"), "{error}");
        assert!(OutputFile::create(&path).is_err(), "{path:?}");
        assert!(AudioFile::create_wav(&path, FORMAT).is_err(), "{path:?}");
    }
    for path in [inside("file"), inside("new.wav"), "new.wav".to_owned()] {
        check(&path).unwrap();
    }
    assert_eq!(names(folder.path()), ["file", "sub"]);
    assert_eq!(
        names(&folder.path().join("sub")),
        Vec::<String>::new(),
        "a check creates nothing"
    );
}

#[test]
fn names_as_long_as_the_file_system_permits_work() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a".repeat(255), format!("{}.wav", "ü".repeat(125))] {
        let path = folder.path().join(&name);
        write(&path, b"x").unwrap();
        assert_eq!(names(folder.path()), [name]);
        fs::remove_file(path).unwrap();
    }
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn links_are_followed_and_stay() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("there")).unwrap();
        let real = folder.path().join("there/real.wav");
        symlink("there/real.wav", folder.path().join("one")).unwrap();
        symlink("one", folder.path().join("two")).unwrap();
        // Dangling at first, then not.
        for (link, content) in [("two", "first"), ("one", "second")] {
            let link = folder.path().join(link);
            write(&link, content.as_bytes()).unwrap();
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!(fs::read_to_string(&real).unwrap(), content);
        }
        assert_eq!(names(&folder.path().join("there")), ["real.wav"]);

        let around = folder.path().join("around");
        symlink("around", &around).unwrap();
        assert!(write(&around, b"x").is_err());
        let folder_link = folder.path().join("folder");
        symlink("there", &folder_link).unwrap();
        assert!(check(folder_link).is_err());
    }

    #[test]
    fn a_replaced_file_passes_on_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        for mode in [0o640, 0o600, 0o666, 0o755] {
            let path = folder.path().join(format!("{mode:o}"));
            fs::write(&path, "old").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let file = OutputFile::create(&path).unwrap();
            let partial = fs::metadata(file.partial_path().unwrap()).unwrap();
            assert_eq!(partial.permissions().mode() & 0o777, mode);
            file.finish().unwrap();
            let after = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(after & 0o777, mode);
        }
    }

    #[test]
    fn a_write_protected_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("protected");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        // Nothing is protected from root.
        if fs::OpenOptions::new().write(true).open(&path).is_err() {
            assert!(check(&path).is_err());
            assert!(write(&path, b"new").is_err());
        }
    }

    #[test]
    fn a_device_stays_a_device() {
        let clip = AudioClip::new(FORMAT, vec![0; 320]);
        let saved = clip.save("/dev/null").unwrap();
        assert_eq!(saved.bytes, 44 + 320);
        let kind = fs::metadata("/dev/null").unwrap().file_type();
        assert!(kind.is_char_device());
        assert!(!OutputFile::create("/dev/null").unwrap().is_seekable());
    }

    #[cfg(target_os = "linux")]
    mod descriptors {
        use std::io::Read as _;
        use std::os::fd::AsRawFd as _;

        use super::*;

        #[test]
        fn a_pipe_gets_the_bytes_with_open_sizes() {
            for folder in ["/dev/fd", "/proc/self/fd"] {
                let (mut reader, writer) = io::pipe().unwrap();
                let path = format!("{folder}/{}", writer.as_raw_fd());
                check(&path).unwrap();
                let mut file = AudioFile::create_wav(&path, FORMAT).unwrap();
                drop(writer);
                file.write(&[7; 321]).unwrap();
                let saved = file.finish().unwrap();
                assert_eq!(saved.duration.as_millis(), 10);
                let mut read = Vec::new();
                reader.read_to_end(&mut read).unwrap();
                assert_eq!(read.len(), 44 + 321);
                assert_eq!(read[..44], wav::header(FORMAT, None));
            }
        }

        #[test]
        fn a_file_behind_a_descriptor_is_appended_to() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("stdout");
            let mut shell = fs::File::create(&path).unwrap();
            shell.write_all(b"before ").unwrap();
            let descriptor = format!("/dev/fd/{}", shell.as_raw_fd());
            // As `/dev/stdout` is: a link to a link.
            let link = folder.path().join("link");
            symlink(&descriptor, &link).unwrap();
            write(Path::new(&descriptor), b"one ").unwrap();
            write(&link, b"two").unwrap();
            drop(shell);
            assert_eq!(fs::read_to_string(&path).unwrap(), "before one two");
            assert_eq!(names(folder.path()), ["link", "stdout"]);
            assert!(check("/dev/fd/99999").is_err());
        }
    }
}

#[test]
fn an_audio_file_is_corrected_when_it_ends_early_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("speech.wav");

    // A header alone is nothing to keep.
    drop(AudioFile::create_wav(&path, FORMAT).unwrap());
    assert_eq!(names(folder.path()), Vec::<String>::new());

    let mut file = AudioFile::create_wav(&path, FORMAT).unwrap();
    file.write(&[1; 320]).unwrap();
    drop(file);
    assert_eq!(names(folder.path()), ["speech.partial.wav"]);
    let partial = hound::WavReader::open(folder.path().join("speech.partial.wav")).unwrap();
    assert_eq!(partial.duration(), 160);

    let mut file = AudioFile::create(&path, Some(WavFormat::from(FORMAT).into())).unwrap();
    file.write(&wav::header(FORMAT, None)).unwrap();
    file.write(&[1; 640]).unwrap();
    let saved = file.finish().unwrap();
    assert_eq!((saved.bytes, saved.duration.as_millis()), (684, 20));
    assert_eq!(saved.path, path);
    assert_eq!(hound::WavReader::open(&path).unwrap().duration(), 320);
}

#[test]
fn clips_are_saved_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip");

    AudioClip::new(FORMAT, vec![1, 2, 3, 4])
        .save(&path)
        .unwrap();
    let raw = fs::read(&path).unwrap();
    assert_eq!(raw[..44], wav::header(FORMAT, Some(4)));
    assert_eq!(raw[44..], [1, 2, 3, 4]);

    let mp3 = AudioClip::new(Mp3Format::new(44_100, 128_000), vec![0xff, 0xfb, 9]);
    mp3.save(&path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), [0xff, 0xfb, 9]);

    let mut open = wav::header(FORMAT, None);
    open.extend([1, 2, 3, 4]);
    AudioClip::new(WavFormat::from(FORMAT), open)
        .save(&path)
        .unwrap();
    assert_eq!(fs::read(&path).unwrap(), raw);

    let error = AudioClip::new(FORMAT, vec![0; 2])
        .save(folder.path())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("it is a folder"), "{error}");
}
