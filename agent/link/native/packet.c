#include "packet.h"
#include "fanout.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef PACKET_IGNORE_OUTGOING /* Linux 4.20; musl's older headers lack it */
#define PACKET_IGNORE_OUTGOING 23
#endif

enum {
  FRAME_BYTES = 2048, /* tp_frame_size: TPACKET_V3 packs frames, and only checks that this divides */
  LINK_HEADER_BYTES = ETH_HLEN + 4, /* with one VLAN tag */
  SLOT_ALIGN = 64,
  MAX_MTU = 65536, /* loopback's; an IP packet is no longer */
  MAX_SLOTS = 1024, /* UIO_MAXIOV: the most that one sendmmsg takes */
  SEND_BUFFER_BYTES = 4 << 20,
  SEND_RETRIES = 8,
  QUEUE_WAIT_NS = 100 * 1000,
};
static const uint64_t MAX_RING_BYTES = 1u << 30;

struct messages {
  struct mmsghdr *headers; /* the frames of this send, without gaps */
  struct iovec *slices;    /* one per slot */
  struct sockaddr_ll *to;  /* one per slot: a bare IP packet needs its protocol named */
};

static int fail(const char **what, const char *step, int error) {
  *what = step;
  errno = error;
  return -1;
}

static bool on(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

static int describe(struct packet *p, int fd, const char *name, const char **what) {
  struct ifreq request;
  memset(&request, 0, sizeof request);
  strcpy(request.ifr_name, name);
  if (ioctl(fd, SIOCGIFFLAGS, &request) < 0) return fail(what, "interface", errno);
  if (!(request.ifr_flags & IFF_UP)) return fail(what, "interface", ENETDOWN);
  if (ioctl(fd, SIOCGIFMTU, &request) < 0) return fail(what, "mtu", errno);
  p->mtu = request.ifr_mtu > MAX_MTU ? MAX_MTU : (uint32_t)request.ifr_mtu;
  if (ioctl(fd, SIOCGIFHWADDR, &request) < 0) return fail(what, "hardware address", errno);
  int type = request.ifr_hwaddr.sa_family;
  p->ethernet = type == ARPHRD_ETHER || type == ARPHRD_LOOPBACK;
  if (p->ethernet) memcpy(p->mac, request.ifr_hwaddr.sa_data, sizeof p->mac);
  return 0;
}

static int open_receive(struct packet *p, int ifindex, const struct packet_options *o,
                        const char **what) {
  int fd = p->receive_fd;
  if (!on(fd, SOL_PACKET, PACKET_VERSION, TPACKET_V3)) return fail(what, "TPACKET_V3", errno);
  if (!on(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1))
    return fail(what, "PACKET_IGNORE_OUTGOING", errno);
  struct tpacket_req3 ring = {
      .tp_block_size = o->block_bytes,
      .tp_block_nr = o->blocks,
      .tp_frame_size = FRAME_BYTES,
      .tp_frame_nr = o->block_bytes / FRAME_BYTES * o->blocks,
      .tp_retire_blk_tov = o->retire_ms,
  };
  if (setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &ring, sizeof ring) < 0)
    return fail(what, "receive ring", errno);
  void *map = mmap(NULL, p->ring_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (map == MAP_FAILED) return fail(what, "mapping the ring", errno);
  p->ring = map;
  if (o->group != FANOUT_ALONE && fanout_mute(fd) < 0) return fail(what, "filter", errno);
  /* Bound only now: a frame that came before the ring would sit in a queue nobody reads. */
  struct sockaddr_ll address = {
      .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = ifindex};
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) return fail(what, "bind", errno);
  struct packet_mreq member = {.mr_ifindex = ifindex, .mr_type = PACKET_MR_PROMISC};
  if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &member, sizeof member) < 0)
    return fail(what, "promiscuous mode", errno);
  p->group = o->group == FANOUT_ALONE ? FANOUT_ALONE : fanout_join(fd, o->group);
  if (p->group == FANOUT_NEW) return fail(what, "fanout", errno); /* -1 too */
  return 0;
}

static int open_transmit(struct packet *p, int ifindex, const char **what) {
  int fd = p->transmit_fd;
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = ifindex};
  if (!on(fd, SOL_PACKET, PACKET_QDISC_BYPASS, 1)) return fail(what, "PACKET_QDISC_BYPASS", errno);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) return fail(what, "bind", errno);
  /* Without CAP_NET_ADMIN the system's limit holds: smaller bursts, no failure. */
  if (!on(fd, SOL_SOCKET, SO_SNDBUFFORCE, SEND_BUFFER_BYTES))
    on(fd, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER_BYTES);

  void *map = mmap(NULL, p->out_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED) return fail(what, "transmit slots", errno);
  p->out = map;
  struct messages *m = calloc(1, sizeof *m);
  p->messages = m;
  if (m == NULL) return fail(what, "transmit slots", ENOMEM);
  m->headers = calloc(p->slots, sizeof *m->headers);
  m->slices = calloc(p->slots, sizeof *m->slices);
  m->to = calloc(p->slots, sizeof *m->to);
  if (m->headers == NULL || m->slices == NULL || m->to == NULL)
    return fail(what, "transmit slots", ENOMEM);
  for (uint32_t i = 0; i < p->slots; i++) {
    m->slices[i].iov_base = p->out + (size_t)i * p->slot_bytes;
    m->to[i] = address;
  }
  return 0;
}

static int open_all(struct packet *p, const char *name, const struct packet_options *o,
                    const char **what) {
  long page = sysconf(_SC_PAGESIZE);
  uint64_t ring_bytes = (uint64_t)o->block_bytes * o->blocks;
  if (o->block_bytes == 0 || o->block_bytes % (uint32_t)page != 0 || o->blocks == 0 ||
      ring_bytes > MAX_RING_BYTES || o->slots == 0 || o->slots > MAX_SLOTS ||
      o->group < FANOUT_ALONE || o->group > UINT16_MAX)
    return fail(what, "options", EINVAL);
  if (name[0] == '\0' || strlen(name) >= IFNAMSIZ) return fail(what, "interface", ENODEV);

  int probe = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return fail(what, "socket", errno);
  int described = describe(p, probe, name, what);
  int error = errno;
  close(probe);
  if (described < 0) return fail(what, *what, error);
  unsigned ifindex = if_nametoindex(name);
  if (ifindex == 0) return fail(what, "interface", errno);

  p->ring_bytes = (size_t)ring_bytes;
  p->slots = o->slots;
  p->slot_bytes = (p->mtu + LINK_HEADER_BYTES + SLOT_ALIGN - 1) / SLOT_ALIGN * SLOT_ALIGN;
  p->out_bytes = (size_t)p->slots * (p->slot_bytes + sizeof(uint32_t));
  /* Cooked sockets give and take bare IP, whatever header the device has instead of Ethernet's. */
  int type = (p->ethernet ? SOCK_RAW : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
  p->receive_fd = socket(AF_PACKET, type, 0);
  if (p->receive_fd < 0) return fail(what, "packet socket", errno);
  p->transmit_fd = socket(AF_PACKET, type, 0);
  if (p->transmit_fd < 0) return fail(what, "packet socket", errno);
  if (open_transmit(p, (int)ifindex, what) < 0) return -1;
  return open_receive(p, (int)ifindex, o, what);
}

int packet_open(struct packet *p, const char *name, const struct packet_options *options,
                const char **what) {
  memset(p, 0, sizeof *p);
  p->receive_fd = p->transmit_fd = -1;
  if (open_all(p, name, options, what) == 0) return 0;
  int error = errno;
  packet_close(p);
  errno = error;
  return -1;
}

/* The lengths are JavaScript's: a slot whose length cannot be is left out. */
static uint32_t gather(struct packet *p, uint32_t count) {
  struct messages *m = p->messages;
  const uint32_t *lengths = (const uint32_t *)(p->out + (size_t)p->slots * p->slot_bytes);
  uint32_t ready = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t length = lengths[i];
    if (length == 0 || length > p->slot_bytes) continue;
    m->slices[i].iov_len = length;
    struct msghdr *header = &m->headers[ready++].msg_hdr;
    memset(header, 0, sizeof *header);
    header->msg_iov = &m->slices[i];
    header->msg_iovlen = 1;
    if (p->ethernet) continue;
    int version = *(const uint8_t *)m->slices[i].iov_base >> 4;
    m->to[i].sll_protocol = htons(version == 6 ? ETH_P_IPV6 : ETH_P_IP);
    header->msg_name = &m->to[i];
    header->msg_namelen = sizeof m->to[i];
  }
  return ready;
}

static void await_room(int fd, int error) {
  struct pollfd room = {.fd = fd, .events = POLLOUT};
  struct timespec pause = {.tv_nsec = QUEUE_WAIT_NS};
  /* A full device queue (ENOBUFS) leaves the socket writable: poll would not wait for it. */
  if (error == EAGAIN) poll(&room, 1, 1);
  else nanosleep(&pause, NULL);
}

uint32_t packet_send(struct packet *p, uint32_t count) {
  if (p->transmit_fd < 0 || p->messages == NULL) return 0;
  struct messages *m = p->messages;
  uint32_t ready = gather(p, count < p->slots ? count : p->slots);
  uint32_t at = 0, sent = 0;
  int retries = 0;
  while (at < ready) {
    int taken = sendmmsg(p->transmit_fd, m->headers + at, ready - at, MSG_DONTWAIT);
    if (taken > 0) {
      at += (uint32_t)taken;
      sent += (uint32_t)taken;
    } else if (errno == EAGAIN || errno == ENOBUFS || errno == EINTR) {
      if (retries++ == SEND_RETRIES) break;
      await_room(p->transmit_fd, errno);
    } else if (errno == ENETDOWN || errno == ENXIO || errno == ENODEV) {
      break;
    } else {
      at++; /* this frame alone is at fault (EMSGSIZE, EINVAL) */
    }
  }
  return sent;
}

uint64_t packet_dropped(struct packet *p) {
  struct tpacket_stats_v3 fresh; /* the kernel counts from the last reading */
  socklen_t length = sizeof fresh;
  if (p->receive_fd >= 0 &&
      getsockopt(p->receive_fd, SOL_PACKET, PACKET_STATISTICS, &fresh, &length) == 0)
    p->dropped += fresh.tp_drops;
  return p->dropped;
}

void packet_stop(struct packet *p) {
  if (p->receive_fd >= 0) close(p->receive_fd);
  if (p->transmit_fd >= 0) close(p->transmit_fd);
  p->receive_fd = p->transmit_fd = -1;
}

void packet_close(struct packet *p) {
  packet_stop(p);
  if (p->ring != NULL) munmap(p->ring, p->ring_bytes);
  if (p->out != NULL) munmap(p->out, p->out_bytes);
  p->ring = p->out = NULL;
  struct messages *m = p->messages;
  p->messages = NULL;
  if (m == NULL) return;
  free(m->headers);
  free(m->slices);
  free(m->to);
  free(m);
}
