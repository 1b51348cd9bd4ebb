{
  "targets": [
    {
      "target_name": "ring",
      "sources": ["ring.c", "packet.c", "fanout.c"],
      "defines": ["_GNU_SOURCE", "NAPI_VERSION=8"],
      "cflags_c": ["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror"]
    }
  ]
}
