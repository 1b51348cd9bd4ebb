/* Runs packet.c without Node, under the sanitizers (test/agent/link/native.test.ts).
   ring_test INTERFACE PEER DOWN: two ends of a veth pair that are up, and an interface that is down. */
#include "packet.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum { FRAMES = 500, SLOTS = 64, SMALLEST = 60, PATIENCE_MS = 2000 };

static int failures;

static void check(bool holds, const char *what) {
  if (!holds) failures++;
  printf("%s %s\n", holds ? "ok" : "not ok", what);
}

/* Many blocks: on a busy machine the retire timer closes them nearly empty. */
static const struct packet_options usual = {
    .block_bytes = 128 * 1024, .blocks = 64, .retire_ms = 1, .slots = SLOTS};

static void refuses(const char *name, struct packet_options options, int error, const char *what) {
  struct packet p;
  const char *step;
  errno = 0;
  bool refused = packet_open(&p, name, &options, &step) < 0 && errno == error;
  check(refused && p.ring == NULL && p.out == NULL && p.receive_fd < 0, what);
  packet_close(&p);
}

static void test_refusals(const char *name, const char *down) {
  struct packet_options bad = usual;
  refuses("no-such-if", usual, ENODEV, "unknown interface");
  refuses("", usual, ENODEV, "empty name");
  refuses("a-name-much-too-long-for-linux", usual, ENODEV, "name longer than IFNAMSIZ");
  refuses(down, usual, ENETDOWN, "interface down");
  bad.block_bytes = 1000;
  refuses(name, bad, EINVAL, "block that is no multiple of a page");
  bad = usual, bad.blocks = 0;
  refuses(name, bad, EINVAL, "no blocks");
  bad = usual, bad.blocks = 0xffffffff;
  refuses(name, bad, EINVAL, "more than a ring may have");
  bad = usual, bad.slots = 0;
  refuses(name, bad, EINVAL, "no slots");
  bad.slots = 1025;
  refuses(name, bad, EINVAL, "more slots than sendmmsg takes");
}

static uint32_t frame_length(const struct packet *p, uint32_t id) {
  return SMALLEST + id * 37 % (p->mtu + 14 - SMALLEST + 1);
}

static void fill(uint8_t *at, uint32_t id, uint32_t length) {
  for (uint32_t i = 0; i < length; i++) at[i] = (uint8_t)(i * 7 + id);
  at[12] = 0x88, at[13] = 0xb5; /* IEEE 802 local experimental */
}

static uint32_t *lengths_of(const struct packet *p) {
  return (uint32_t *)(p->out + (size_t)p->slots * p->slot_bytes);
}

static uint32_t send_all(struct packet *p) {
  uint32_t sent = 0;
  for (uint32_t id = 0; id < FRAMES;) {
    uint32_t count = 0;
    for (; count < p->slots && id < FRAMES; count++, id++) {
      uint32_t length = lengths_of(p)[count] = frame_length(p, id);
      fill(p->out + (size_t)count * p->slot_bytes, id, length);
    }
    sent += packet_send(p, count);
  }
  return sent;
}

/* Walks the blocks as ring.ts does; returns the frames that are the next expected ones, byte for byte. */
static uint32_t receive_all(struct packet *p) {
  uint8_t expected[2048];
  uint32_t good = 0, block = 0;
  while (good < FRAMES) {
    struct tpacket_block_desc *b = (void *)(p->ring + (size_t)block * usual.block_bytes);
    struct pollfd readable = {.fd = p->receive_fd, .events = POLLIN};
    uint32_t *status = &b->hdr.bh1.block_status;
    if (!(__atomic_load_n(status, __ATOMIC_ACQUIRE) & TP_STATUS_USER)) {
      if (poll(&readable, 1, PATIENCE_MS) <= 0) return good;
      continue;
    }
    uint8_t *at = (uint8_t *)b + b->hdr.bh1.offset_to_first_pkt;
    for (uint32_t i = 0; i < b->hdr.bh1.num_pkts; i++) {
      struct tpacket3_hdr *frame = (void *)at;
      uint32_t length = frame_length(p, good);
      fill(expected, good, length);
      if (frame->tp_snaplen != length || memcmp(at + frame->tp_mac, expected, length) != 0)
        return good;
      good++;
      at += frame->tp_next_offset;
    }
    __atomic_store_n(status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
    block = (block + 1) % usual.blocks;
  }
  return good;
}

static void test_exchange(const char *from, const char *to) {
  struct packet a, b;
  const char *step = "";
  bool open = packet_open(&a, from, &usual, &step) == 0;
  open = packet_open(&b, to, &usual, &step) == 0 && open;
  check(open, "opens both ends");
  if (!open) return;
  check(a.ethernet && a.mtu == 1500 && memcmp(a.mac, b.mac, 6) != 0, "tells what the link is");
  check(a.slot_bytes >= a.mtu + 14, "slots hold a frame of mtu + 14");
  check(send_all(&a) == FRAMES, "sends every frame");
  check(receive_all(&b) == FRAMES, "receives every frame, in order, byte for byte");
  check(packet_dropped(&b) == 0 && packet_dropped(&b) == 0, "drops none");

  uint32_t *lengths = lengths_of(&a);
  fill(a.out, 0, a.slot_bytes);
  lengths[0] = 0, lengths[1] = 0xffffffff, lengths[2] = a.slot_bytes + 1;
  check(packet_send(&a, 3) == 0, "leaves out lengths that cannot be");
  lengths[0] = a.slot_bytes, lengths[1] = SMALLEST, lengths[2] = 5;
  check(packet_send(&a, 3) == 1, "a frame the kernel refuses costs only itself");
  for (uint32_t i = 0; i < SLOTS; i++) lengths[i] = SMALLEST;
  check(packet_send(&a, 0xffffffff) == SLOTS, "a count beyond the slots is cut to them");

  for (uint32_t i = 0; i < SLOTS; i++) lengths[i] = a.mtu + 14;
  for (uint32_t i = 0; i < 200; i++) packet_send(&a, SLOTS); /* 19 MB into 8 MiB */
  check(packet_dropped(&b) > 0, "counts what a full ring drops");

  packet_stop(&a);
  check(packet_send(&a, 1) == 0 && a.out != NULL, "after stop: sends nothing, memory still there");
  packet_close(&a);
  packet_close(&a);
  packet_close(&b);
  check(packet_send(&b, 1) == 0 && packet_dropped(&b) > 0, "after close: harmless, counts kept");
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  test_refusals(argv[1], argv[3]);
  test_exchange(argv[1], argv[2]);
  return failures > 0;
}
