/*
 * frames - what a network full of strangers sends, as fast as it leaves or at a rate:
 *   syn        SYNs of random sources to random ports
 *   sweep      SYNs of one source after another, each to every port in order
 *   fragments  SYNs cut into fragments: some lack a piece, some overlap
 *   garbage    broken frames and headers of all kinds
 * frames MODE INTERFACE MAC ADDRESS SECONDS [RATE]   prints {"sent":N,"seconds":S}
 */
#define _GNU_SOURCE
#include "raw.h"

static uint32_t swept;

static uint32_t stranger(void) {
  for (;;) {
    uint32_t a = rnd(), first = a >> 24;
    if (first != 0 && first != 127 && first < 224 && a != target) return a;
  }
}

static uint32_t syn(uint8_t *f, uint32_t source, uint32_t port) {
  uint8_t *tcp = f + ETHER + IP4;
  linux_options(tcp + TCP, rnd());
  uint32_t from = 1024 + rnd() % 59000;
  return seal_ip(f, source, 6, (uint16_t)rnd(), 0x4000,
                 seal_tcp(tcp, source, from, port, rnd(), 0, SYN, 20, 20));
}

/* Fills up to four frames; returns how many. */
static uint32_t fragments(uint32_t at) {
  uint8_t segment[TCP + 20 + 24];
  uint32_t source = stranger(), id = rnd(), kind = rnd() % 4, made = 0;
  linux_options(segment + TCP, rnd());
  for (int i = 0; i < 24; i++) segment[TCP + 20 + i] = (uint8_t)rnd();
  uint32_t bytes = seal_tcp(segment, source, 1024 + rnd() % 59000, 1 + rnd() % 65535, rnd(), 0, SYN, 20, 44);
  for (uint32_t from = 0; from < bytes && made < 4; from += 16, made++) {
    uint32_t rest = bytes - from, size = rest < 16 || made == 3 ? rest : kind == 1 ? (rest < 24 ? rest : 24) : 16;
    uint32_t more = from + size < bytes;
    if (kind == 0 && made == 1) continue; /* left out: what was there before is sent again */
    memcpy(frames[at + made] + ETHER + IP4, segment + from, size);
    lengths[at + made] = seal_ip(frames[at + made], source, 6, (uint16_t)id,
                                 (uint16_t)(from / 8 | (more ? 0x2000 : 0)), size);
  }
  return made;
}

static uint32_t garbage(uint8_t *f) {
  uint32_t bytes = rnd() % 200, kind = rnd() % 8;
  for (uint32_t i = 0; i < bytes + 40; i++) f[ETHER + IP4 + i] = (uint8_t)rnd();
  uint32_t length = seal_ip(f, stranger(), (uint8_t)(kind < 4 ? 6 : rnd()), (uint16_t)rnd(), 0, bytes);
  if (kind == 1) f[ETHER + rnd() % IP4] ^= (uint8_t)(1 << rnd() % 8);
  if (kind == 2) length = 14 + rnd() % 30;
  if (kind == 3) put16(f + 12, rnd());
  if (kind == 5) f[rnd() % 6] ^= 4;
  return length < 14 ? 14 : length;
}

int main(int argc, char **argv) {
  if (argc < 6) return 2;
  const char *mode = argv[1];
  int fd = raw_socket(argv[2], argv[3], argv[4], 0);
  double seconds = atof(argv[5]), rate = argc > 6 ? atof(argv[6]) : 0, began = now_s(), now = began;
  uint64_t sent = 0;
  state ^= (uint64_t)getpid() << 32 ^ (uint64_t)(began * 1e6);
  uint32_t batch = rate > 0 && rate < 50000 ? 16 : BATCH;
  for (; now - began < seconds; now = now_s()) {
    if (rate > 0 && (double)sent > (now - began) * rate) {
      usleep(500);
      continue;
    }
    uint32_t count = 0;
    while (count + 4 <= batch) {
      uint8_t *f = frames[count];
      if (*mode == 'f') {
        count += fragments(count);
        continue;
      }
      if (*mode == 'g') lengths[count] = garbage(f);
      else if (mode[1] == 'w')
        lengths[count] = syn(f, 0xc6128000u + swept / 65535 % 32768, 1 + swept % 65535), swept++;
      else lengths[count] = syn(f, stranger(), 1 + rnd() % 65535);
      count++;
    }
    sent += send_all(fd, count);
  }
  printf("{\"sent\":%llu,\"seconds\":%.3f}\n", (unsigned long long)sent, now - began);
  return 0;
}
