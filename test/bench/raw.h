/* Raw frames for the load programs of this folder: a packet socket, headers, checksums, a generator of numbers. */
#ifndef BENCH_RAW_H
#define BENCH_RAW_H

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef PACKET_QDISC_BYPASS
#define PACKET_QDISC_BYPASS 20
#endif

enum { ETHER = 14, IP4 = 20, TCP = 20, FIN = 1, SYN = 2, PSH = 8, ACK = 16, BATCH = 256, FRAME = 1514 };

static uint8_t ether[ETHER]; /* destination, source, IPv4 */
static uint32_t target;      /* host order */

static void die(const char *what) {
  perror(what);
  exit(1);
}

static uint64_t state = 88172645463325252u;
static inline uint32_t rnd(void) { /* xorshift64* */
  state ^= state >> 12, state ^= state << 25, state ^= state >> 27;
  return (uint32_t)((state * 0x2545f4914f6cdd1du) >> 32);
}

static double now_s(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* `protocol`: in host order, of what it takes in; 0: nothing. */
static int raw_socket(const char *interface, const char *mac, const char *ip, int protocol) {
  int fd = socket(AF_PACKET, SOCK_RAW, 0), one = 1;
  if (fd < 0) die("packet socket");
  struct ifreq request = {0};
  strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
  if (ioctl(fd, SIOCGIFHWADDR, &request) < 0) die(interface);
  memcpy(ether + 6, request.ifr_hwaddr.sa_data, 6);
  unsigned m[6];
  if (sscanf(mac, "%x:%x:%x:%x:%x:%x", m, m + 1, m + 2, m + 3, m + 4, m + 5) != 6) die("mac");
  for (int i = 0; i < 6; i++) ether[i] = (uint8_t)m[i];
  ether[12] = 0x08;
  struct in_addr address;
  if (inet_pton(AF_INET, ip, &address) != 1) die("address");
  target = ntohl(address.s_addr);
  struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_protocol = htons((uint16_t)protocol),
                           .sll_ifindex = (int)if_nametoindex(interface)};
  if (bind(fd, (void *)&to, sizeof to) < 0) die("bind");
  setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one);
  return fd;
}

static inline void put16(uint8_t *at, uint32_t v) { at[0] = (uint8_t)(v >> 8), at[1] = (uint8_t)v; }
static inline void put32(uint8_t *at, uint32_t v) { put16(at, v >> 16), put16(at + 2, v); }
static inline uint32_t get16(const uint8_t *at) { return (uint32_t)at[0] << 8 | at[1]; }
static inline uint32_t get32(const uint8_t *at) { return get16(at) << 16 | get16(at + 2); }

static inline uint32_t sum(const uint8_t *at, uint32_t length, uint32_t total) {
  for (; length > 1; length -= 2, at += 2) total += get16(at);
  return length ? total + ((uint32_t)*at << 8) : total;
}
static inline uint32_t fold(uint32_t total) {
  while (total >> 16) total = (total & 0xffff) + (total >> 16);
  return ~total & 0xffff;
}

/* Ethernet and IPv4 headers for `bytes` of payload, which is there already. Returns the frame's length. */
static inline uint32_t seal_ip(uint8_t *f, uint32_t source, uint8_t protocol, uint16_t id, uint16_t fragment,
                               uint32_t bytes) {
  memcpy(f, ether, ETHER);
  uint8_t *ip = f + ETHER;
  memset(ip, 0, IP4);
  ip[0] = 0x45, ip[8] = 61, ip[9] = protocol;
  put16(ip + 2, IP4 + bytes), put16(ip + 4, id), put16(ip + 6, fragment);
  put32(ip + 12, source), put32(ip + 16, target);
  put16(ip + 10, fold(sum(ip, IP4, 0)));
  return ETHER + IP4 + bytes;
}

/* A TCP header before `bytes` of options and payload, which are there already; `options` in bytes. Returns the segment's length. */
static inline uint32_t seal_tcp(uint8_t *tcp, uint32_t source, uint32_t from, uint32_t to, uint32_t seq,
                                uint32_t ack, uint8_t flags, uint32_t options, uint32_t bytes) {
  memset(tcp, 0, TCP);
  put16(tcp, from), put16(tcp + 2, to), put32(tcp + 4, seq), put32(tcp + 8, ack);
  tcp[12] = (uint8_t)((TCP + options) / 4 << 4), tcp[13] = flags;
  put16(tcp + 14, 64240);
  uint8_t pseudo[12] = {[9] = 6};
  put32(pseudo, source), put32(pseudo + 4, target), put16(pseudo + 10, TCP + bytes);
  put16(tcp + 16, fold(sum(tcp, TCP + bytes, sum(pseudo, sizeof pseudo, 0))));
  return TCP + bytes;
}

static uint8_t frames[BATCH][FRAME];
static uint32_t lengths[BATCH];

/* Sends the first `count` frames. Those that a full queue does not take are tried again; one that the kernel
   refuses is left out. Returns how many left. */
static uint32_t send_all(int fd, uint32_t count) {
  static struct mmsghdr headers[BATCH];
  static struct iovec slices[BATCH];
  for (uint32_t i = 0; i < count; i++) {
    slices[i] = (struct iovec){frames[i], lengths[i]};
    headers[i].msg_hdr.msg_iov = &slices[i], headers[i].msg_hdr.msg_iovlen = 1;
  }
  uint32_t refused = 0;
  for (uint32_t at = 0; at < count;) {
    int sent = sendmmsg(fd, headers + at, count - at, 0);
    if (sent > 0) at += (uint32_t)sent;
    else if (errno == EAGAIN || errno == ENOBUFS || errno == EINTR) usleep(50);
    else at++, refused++;
  }
  return count - refused;
}

/* MSS, SACK permitted, timestamps, no-operation, window scale: 20 bytes, as Linux offers them. */
static inline void linux_options(uint8_t *at, uint32_t stamp) {
  static const uint8_t options[20] = {2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 3, 7};
  memcpy(at, options, sizeof options);
  put32(at + 8, stamp);
}

#endif
