//! Where data sets come from: what can be fetched, under which terms, and what a person must ask for.

/// How a set comes into the data folder.
#[derive(Debug, Clone, Copy)]
pub enum Get {
    /// It is drawn, or it is the person's own.
    Nothing,
    /// By download.
    Fetch(Archive),
    /// Its authors want to be asked first.
    Ask(Placed),
}

/// Official files of a set.
#[derive(Debug, Clone, Copy)]
pub struct Archive {
    /// What may be done with it.
    pub licence: &'static str,
    /// Page that tells of it.
    pub page: &'static str,
    /// Folder inside the data folder that holds it in the end.
    pub folder: &'static str,
    /// Bytes in that folder, about.
    pub unpacked: u64,
    /// Its files.
    pub files: &'static [Remote],
    /// What is done with them.
    pub form: Form,
}

/// A file on a server.
#[derive(Debug, Clone, Copy)]
pub struct Remote {
    /// Its name, here and on a mirror.
    pub name: &'static str,
    /// Its official place.
    pub url: &'static str,
    /// Bytes, about: the server's own word counts.
    pub bytes: u64,
    /// MD5 of the whole file, as published.
    pub md5: &'static str,
}

/// What the files of an archive are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One packed tar file with one folder.
    TarGz,
    /// One zip file with one folder.
    Zip,
    /// The files themselves.
    Plain,
}

/// What a person places by hand.
#[derive(Debug, Clone, Copy)]
pub struct Placed {
    /// Where to get it and where to put it.
    pub how: &'static str,
    /// Folder inside the data folder.
    pub folder: &'static str,
    /// What must lie in that folder.
    pub needs: &'static [&'static str],
}

impl Archive {
    /// Bytes to download, about.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// Labels that are fetched like a set and used with another one: name, help, archive.
pub const LABELS: (&str, &str, Archive) = ("cifar-n", "human labels of CIFAR-10 and CIFAR-100, for noise.kind = \"human\"", CIFAR_N);

const CIFAR_N: Archive = Archive {
    licence: "CC BY-NC 4.0 (Wei et al., ICLR 2022)",
    page: "http://noisylabels.com",
    folder: "cifar-n",
    unpacked: 4_001_886,
    files: &[
        Remote {
            name: "CIFAR-10_human.pt",
            url: "https://raw.githubusercontent.com/UCSC-REAL/cifar-10-100n/main/data/CIFAR-10_human.pt",
            bytes: 2_401_007,
            md5: "96644db5574813cae939af5f7f2a0aec",
        },
        Remote {
            name: "CIFAR-100_human.pt",
            url: "https://raw.githubusercontent.com/UCSC-REAL/cifar-10-100n/main/data/CIFAR-100_human.pt",
            bytes: 1_600_879,
            md5: "3957ab2a1b5fd13bfbd6ab956831f9b3",
        },
    ],
    form: Form::Plain,
};

pub(super) const CIFAR10: Get = Get::Fetch(Archive {
    licence: "for research, no stated licence; cite Krizhevsky 2009",
    page: "https://www.cs.toronto.edu/~kriz/cifar.html",
    folder: "cifar-10-batches-bin",
    unpacked: 184_380_000,
    files: &[Remote {
        name: "cifar-10-binary.tar.gz",
        url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
        bytes: 170_052_171,
        md5: "c32a1d4ab5d03f1284b67883e8d87530",
    }],
    form: Form::TarGz,
});

pub(super) const CIFAR100: Get = Get::Fetch(Archive {
    licence: "for research, no stated licence; cite Krizhevsky 2009",
    page: "https://www.cs.toronto.edu/~kriz/cifar.html",
    folder: "cifar-100-binary",
    unpacked: 184_440_000,
    files: &[Remote {
        name: "cifar-100-binary.tar.gz",
        url: "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
        bytes: 168_513_733,
        md5: "03b5dce01913d631647c71ecec9e9cb8",
    }],
    form: Form::TarGz,
});

macro_rules! idx {
    ($base:literal: $($name:literal $bytes:literal $md5:literal),*) => {
        &[$(Remote { name: concat!($name, "-ubyte.gz"), url: concat!($base, $name, "-ubyte.gz"), bytes: $bytes, md5: $md5 }),*]
    };
}

pub(super) const MNIST: Get = Get::Fetch(Archive {
    licence: "CC BY-SA 3.0 (LeCun et al. 1998)",
    page: "http://yann.lecun.com/exdb/mnist",
    folder: "mnist",
    unpacked: 11_594_722,
    files: idx!("https://ossci-datasets.s3.amazonaws.com/mnist/":
        "train-images-idx3" 9_912_422 "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "train-labels-idx1" 28_881 "d53e105ee54ea40749a09fcbcd1e9432",
        "t10k-images-idx3" 1_648_877 "9fb629c4189551a2d022fa330f9573f3",
        "t10k-labels-idx1" 4_542 "ec29112dd5afa0611ce80d1b7f02629c"),
    form: Form::Plain,
});

pub(super) const FASHION: Get = Get::Fetch(Archive {
    licence: "MIT (Xiao et al. 2017)",
    page: "https://github.com/zalandoresearch/fashion-mnist",
    folder: "fashion-mnist",
    unpacked: 30_878_645,
    files: idx!("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/":
        "train-images-idx3" 26_421_880 "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "train-labels-idx1" 29_515 "25c81989df183df01b3e8a0aad5dffbe",
        "t10k-images-idx3" 4_422_102 "bef4ecab320f06d8554ea6380940ec79",
        "t10k-labels-idx1" 5_148 "bb300cfdad3c16e7a12a480ee83cd310"),
    form: Form::Plain,
});

pub(super) const TINY_IMAGENET: Get = Get::Fetch(Archive {
    licence: "ImageNet's terms: non-commercial research and education",
    page: "http://cs231n.stanford.edu",
    folder: "tiny-imagenet-200",
    unpacked: 300_000_000,
    files: &[Remote {
        name: "tiny-imagenet-200.zip",
        url: "http://cs231n.stanford.edu/tiny-imagenet-200.zip",
        bytes: 248_100_043,
        md5: "90528d7ca1a48142e341f4ef8d21d0de",
    }],
    form: Form::Zip,
});

pub(super) const ANIMAL10N: Get = Get::Ask(Placed {
    how: "ask for it on https://dm.kaist.ac.kr/datasets/animal-10n (research only), and unpack it so that its folders `training` and \
          `testing` lie there",
    folder: "animal-10n",
    needs: &["training", "testing"],
});

pub(super) const CLOTHING1M: Get = Get::Ask(Placed {
    how: "its authors give it out on request (https://github.com/Cysu/noisy_label, research only); put its lists and its folder `images` \
          there, each image at the path that the lists name",
    folder: "clothing1m",
    needs: &["noisy_train_kv.txt", "clean_test_kv.txt", "images"],
});

pub(super) const WEBVISION: Get = Get::Ask(Placed {
    how: "from https://data.vision.ee.ethz.ch/cvl/webvision/dataset2017.html (non-commercial research): the resized Google images, the \
          validation images and `info`, each unpacked there; the first 50 classes are used",
    folder: "webvision",
    needs: &["info/train_filelist_google.txt", "info/val_filelist.txt", "google", "val_images_256"],
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::DATASETS;

    #[test]
    fn every_checksum_and_place_is_well_formed() {
        let archives = DATASETS.iter().filter_map(|row| if let Get::Fetch(archive) = row.get { Some(archive) } else { None });
        for archive in archives.chain([LABELS.2]) {
            assert!(archive.bytes() > 0 && !archive.licence.is_empty() && archive.page.starts_with("http"));
            for file in archive.files {
                assert!(file.url.ends_with(file.name) && file.url.starts_with("http"), "{}", file.url);
                assert!(file.md5.len() == 32 && file.md5.bytes().all(|byte| byte.is_ascii_hexdigit()), "{}", file.name);
            }
            assert!(archive.form == Form::Plain || archive.files.len() == 1);
        }
    }
}
