/** Last labels that make a dotted lower-case name a host. */
export const hostEndings: ReadonlySet<string> = new Set(
  `com org net edu gov mil int io dev app ai co uk us eu cn de fr jp kr in ru br au ca ch nl se no it es pl tw hk sg info biz cloud
   local localdomain lan internal intranet corp home test example invalid svc cluster arpa`.split(/\s+/),
);

/** Endings that make a dotted name a file. */
export const fileEndings: ReadonlySet<string> = new Set(
  `txt md rst log out err csv tsv json jsonl ndjson json5 yaml yml toml ini cfg conf config properties env lock xml html htm css scss
   less svg png jpg jpeg gif webp ico bmp tif tiff pdf doc docx xls xlsx ppt pptx odt mp3 mp4 wav avi mov mkv js mjs cjs jsx ts mts cts
   tsx vue svelte py pyc pyi pyx ipynb rb pl pm php java class jar war kt kts scala groovy gradle go rs c h cc cpp cxx hpp cs fs vb swift
   m mm lua r jl sh bash zsh fish ps1 bat cmd exe dll so dylib a o obj lib bin dat data db sqlite sqlite3 sql bak old tmp temp part swp
   pid sock gz tgz tar zip bz2 xz zst 7z rar iso img dmg deb rpm apk whl egg pem crt cer key csr p12 pfx jks pub parquet avro arrow orc
   proto graphql tf tfvars hcl tpl tmpl j2 onnx pt pth safetensors gguf npy npz pkl h5 wasm map min mum cat inf sys msi cab manifest`.split(
    /\s+/,
  ),
);

/** Members whose value says what failed, so it is kept where any other `key=value` is masked. */
export const tellingKeys: ReadonlySet<string> = new Set(
  `msg message error err errmsg reason code errcode errno status state type kind cause level severity exception detail details desc
   description result op operation`.split(/\s+/),
);

/** Words that stand where a value could be, and say only that there is none. */
export const emptyWords: ReadonlySet<string> = new Set(["none", "true", "false", "unknown", "undefined"]);

/** Words that are values wherever they stand. */
export const valueWords: ReadonlySet<string> = new Set(["localhost", "null", "nil", "nan", "nullptr"]);
