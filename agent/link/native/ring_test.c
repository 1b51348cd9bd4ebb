/* Runs packet.c without Node, under the sanitizers (test/agent/link/native.test.ts).
   ring_test INTERFACE PEER DOWN: two ends of a veth pair that are up, and an interface that is down. */
#include "fanout.h"
#include "packet.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FRAMES = 500, SLOTS = 64, SMALLEST = 60, PATIENCE_MS = 2000 };

static int failures;

static void check(bool holds, const char *what) {
  if (!holds) failures++;
  printf("%s %s\n", holds ? "ok" : "not ok", what);
}

/* Many blocks: on a busy machine the retire timer closes them nearly empty. */
static const struct packet_options usual = {
    .block_bytes = 128 * 1024, .blocks = 64, .retire_ms = 1, .slots = SLOTS, .group = FANOUT_ALONE};

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

enum { MEMBERS = 3, SOURCES = 60, ETHER = 14, IP4 = 20, IP6 = 40 };

static void address4(uint8_t *at, uint32_t host) {
  at[0] = 198, at[1] = 18, at[2] = (uint8_t)(host >> 8), at[3] = (uint8_t)host;
}

/* Bare headers: the kernel's filter reads no checksum. Returns the frame's length. */
static uint32_t ip4_frame(uint8_t *at, uint32_t source, uint8_t protocol, uint16_t fragment, uint16_t port) {
  memset(at, 0, 128);
  at[12] = 0x08, at[14] = 0x45, at[20] = (uint8_t)(fragment >> 8), at[21] = (uint8_t)fragment;
  at[23] = protocol;
  address4(at + ETHER + 12, source);
  at[ETHER + IP4] = (uint8_t)(port >> 8), at[ETHER + IP4 + 1] = (uint8_t)port;
  return 128;
}

/* An error of `router` about a packet to `source`. */
static uint32_t error4_frame(uint8_t *at, uint32_t router, uint8_t type, uint32_t source) {
  uint32_t length = ip4_frame(at, router, 1, 0, 0);
  at[ETHER + IP4] = type;
  address4(at + ETHER + IP4 + 8 + 16, source);
  return length;
}

static uint32_t ip6_frame(uint8_t *at, uint8_t source, uint8_t protocol, uint8_t type, uint8_t inside) {
  memset(at, 0, 128);
  at[12] = 0x86, at[13] = 0xdd, at[14] = 0x60, at[20] = protocol;
  at[22] = 0x20, at[22 + 15] = source;
  at[ETHER + IP6] = type;
  at[ETHER + IP6 + 8 + 24] = 0x20, at[ETHER + IP6 + 8 + 24 + 15] = inside;
  return 128;
}

/* Frames that each member has got since it was last asked. */
static void take_counts(struct packet *members, uint32_t *next, uint32_t *counts) {
  struct pollfd pause = {.fd = -1};
  poll(&pause, 1, 50); /* every block is retired by then */
  for (int m = 0; m < MEMBERS; m++) {
    counts[m] = 0;
    for (;;) {
      struct tpacket_block_desc *b = (void *)(members[m].ring + (size_t)next[m] * usual.block_bytes);
      if (!(__atomic_load_n(&b->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER)) break;
      counts[m] += b->hdr.bh1.num_pkts;
      __atomic_store_n(&b->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
      next[m] = (next[m] + 1) % usual.blocks;
    }
  }
}

static void test_fanout(const char *from, const char *to) {
  struct packet a, members[MEMBERS];
  const char *step = "";
  struct packet_options options = usual;
  uint32_t next[MEMBERS] = {0}, counts[MEMBERS], met[MEMBERS] = {0};
  bool open = packet_open(&a, from, &usual, &step) == 0;
  for (int m = 0; m < MEMBERS; m++) {
    options.group = m == 0 ? FANOUT_NEW : members[0].group;
    open = packet_open(&members[m], to, &options, &step) == 0 && open;
  }
  check(open, "a group of three opens");
  if (!open) return;
  uint32_t *lengths = lengths_of(&a), count = 0, one = 0, all = 0;
  for (uint32_t i = 0; i < SOURCES; i++) {
    /* Two ports, two fragments, an echo, an error about it: all of one source. */
    uint32_t source = 0x8000 + i * 7;
    for (count = 0; count < 6; count++) {
      uint8_t *at = a.out + (size_t)count * a.slot_bytes;
      if (count < 2) lengths[count] = ip4_frame(at, source, 6, 0, (uint16_t)(80 + count));
      else if (count < 4) lengths[count] = ip4_frame(at, source, 6, count == 2 ? 0x2000 : 3, 80);
      else if (count == 4) lengths[count] = ip4_frame(at, source, 1, 0, 0x0800);
      else lengths[count] = error4_frame(at, 1, i % 2 ? 3 : 11, source);
    }
    packet_send(&a, count);
    take_counts(members, next, counts);
    for (int m = 0; m < MEMBERS; m++) {
      one += counts[m] == 6;
      met[m] += counts[m] > 0;
      all += counts[m];
    }
  }
  check(one == SOURCES && all == 6 * SOURCES, "all of a source goes to one member");
  check(met[0] > 5 && met[1] > 5 && met[2] > 5, "every member has its sources");

  one = 0;
  for (uint32_t i = 0; i < SOURCES; i++) {
    for (count = 0; count < 3; count++) {
      uint8_t *at = a.out + (size_t)count * a.slot_bytes;
      if (count == 0) lengths[count] = ip6_frame(at, (uint8_t)i, 6, 0, 0);
      else if (count == 1) lengths[count] = ip6_frame(at, (uint8_t)i, 58, 128, 0);
      else lengths[count] = ip6_frame(at, 255, 58, 1, (uint8_t)i);
    }
    packet_send(&a, count);
    take_counts(members, next, counts);
    for (int m = 0; m < MEMBERS; m++) one += counts[m] == 3;
  }
  check(one == SOURCES, "all of an IPv6 source goes to one member");

  for (count = 0; count < SOURCES; count++) {
    uint8_t *at = a.out + (size_t)count * a.slot_bytes;
    lengths[count] = ip6_frame(at, (uint8_t)count, 58, (uint8_t)(130 + count % 8), 0);
    if (count % 2) at[12] = 0x08, at[13] = 0x06; /* ARP */
  }
  packet_send(&a, count);
  take_counts(members, next, counts);
  check(counts[0] == SOURCES && counts[1] + counts[2] == 0, "neighbours are the first member's");

  /* Through the queue, where captures see it, as the machine's own packets go. */
  struct sockaddr_ll out = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(to)};
  int plain = socket(AF_PACKET, SOCK_RAW, 0);
  uint32_t sent = 0;
  for (count = 0; count < 8; count++) {
    uint32_t length = ip4_frame(a.out, 0x8000 + count, 6, 0, 80);
    sent += sendto(plain, a.out, length, 0, (void *)&out, sizeof out) == (ssize_t)length;
  }
  close(plain);
  take_counts(members, next, counts);
  check(sent == 8 && counts[0] + counts[1] + counts[2] == 0, "what leaves comes to no member");
  packet_close(&a);
  for (int m = 0; m < MEMBERS; m++) packet_close(&members[m]);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  test_refusals(argv[1], argv[3]);
  test_exchange(argv[1], argv[2]);
  test_fanout(argv[1], argv[2]);
  return failures > 0;
}
