/*
 * burst - how long a sensor takes for sessions that have all arrived: handshakes first, then the sensor is
 * stopped (SIGSTOP), the rest of every session is laid into its receive rings, and it goes on (SIGCONT).
 * The load costs nothing while it works: its FINs wait in a socket, each with the kernel's time of arrival.
 * burst INTERFACE MAC ADDRESS PID SESSIONS BURSTS   prints {"seconds":[…],"answered":[…]}, one of each a burst
 * The machine that runs it must drop what the sensor answers, or its kernel resets the sessions.
 */
#define _GNU_SOURCE
#include "raw.h"

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <signal.h>

enum { MAX_SESSIONS = 20000, CHUNK = 64, SOURCES = 4096, PAYLOAD = 64, QUEUE_BYTES = 128 << 20, PATIENCE = 200 };
static const uint32_t FIRST_SOURCE = 0xc6128000u; /* 198.18.128.0 */

static struct { uint32_t theirs; bool open, closed; } sessions[MAX_SESSIONS];
static uint32_t burst;

static uint32_t source_of(uint32_t i) { return FIRST_SOURCE + i % SOURCES; }
static uint32_t port_of(uint32_t i) { return 20000 + burst * 8 + i / SOURCES; }

static uint32_t segment(uint8_t *f, uint32_t i, uint32_t seq, uint8_t flags, uint32_t options, uint32_t bytes) {
  uint32_t source = source_of(i);
  return seal_ip(f, source, 6, (uint16_t)i, 0x4000,
                 seal_tcp(f + ETHER + IP4, source, port_of(i), 1000 + i % 30000, seq,
                          flags & ACK ? sessions[i].theirs + 1 : 0, flags, options, options + bytes));
}

/* SYN-ACKs and FINs of the sensor only. */
static void listen_for(int fd) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ETHER + 9),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 6, 0, 3),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ETHER + IP4 + 13),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, SYN | FIN, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 96),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  int bytes = QUEUE_BYTES, one = 1;
  struct timeval patience = {.tv_usec = PATIENCE * 1000};
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0 ||
      setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) < 0 ||
      setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one) < 0 ||
      setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0)
    die("listening");
}

/* One answer: its session and flags, and when it came; -1 when none came in time. */
static int hear(int fd, uint8_t *flags, double *at) {
  for (;;) {
    uint8_t f[96], control[128];
    struct sockaddr_ll from;
    struct iovec slice = {f, sizeof f};
    struct msghdr header = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &slice, .msg_iovlen = 1,
                            .msg_control = control, .msg_controllen = sizeof control};
    if (recvmsg(fd, &header, 0) < 0) return -1;
    if (from.sll_pkttype == PACKET_OUTGOING) continue;
    const uint8_t *tcp = f + ETHER + IP4;
    uint32_t i = (get16(tcp + 2) - 20000 - burst * 8) * SOURCES + get32(f + ETHER + 16) - FIRST_SOURCE;
    if (i >= MAX_SESSIONS) continue; /* of an earlier burst */
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&header); c != NULL; c = CMSG_NXTHDR(&header, c))
      if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS) {
        struct timespec t;
        memcpy(&t, CMSG_DATA(c), sizeof t);
        *at = (double)t.tv_sec + (double)t.tv_nsec / 1e9;
      }
    *flags = tcp[13];
    /* SYN and FIN both take one number, the last of the segment (no payload in either that we expect). */
    sessions[i].theirs = get32(tcp + 4);
    return (int)i;
  }
}

static uint32_t handshakes(int fd, uint32_t count) {
  uint32_t open = 0;
  uint8_t flags;
  double at;
  for (uint32_t first = 0; first < count; first += CHUNK) {
    uint32_t chunk = count - first < CHUNK ? count - first : CHUNK, seen = 0;
    for (uint32_t n = 0; n < chunk; n++) {
      linux_options(frames[n] + ETHER + IP4 + TCP, n); /* the MSS alone: no timestamps to keep up */
      lengths[n] = segment(frames[n], first + n, 1, SYN, 4, 0);
    }
    send_all(fd, chunk);
    for (int i; seen < chunk && (i = hear(fd, &flags, &at)) >= 0;)
      if (flags & SYN && !sessions[i].open) sessions[i].open = true, seen++;
    open += seen;
  }
  return open;
}

static void talk(int fd, uint32_t count) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (!sessions[i].open) continue;
    lengths[n] = segment(frames[n], i, 2, ACK, 0, 0), n++;
    memset(frames[n] + ETHER + IP4 + TCP, 'b', PAYLOAD);
    lengths[n] = segment(frames[n], i, 2, ACK | PSH, 0, PAYLOAD), n++;
    lengths[n] = segment(frames[n], i, 2 + PAYLOAD, ACK | FIN, 0, 0), n++;
    if (n > BATCH - 3 || i + 1 == count) send_all(fd, n), n = 0;
  }
}

int main(int argc, char **argv) {
  if (argc != 7) return 2;
  int fd = raw_socket(argv[1], argv[2], argv[3], ETH_P_ALL);
  pid_t pid = (pid_t)atoi(argv[4]);
  uint32_t count = (uint32_t)atoi(argv[5]), bursts = (uint32_t)atoi(argv[6]);
  static double seconds[64];
  static uint32_t answered[64];
  if (pid < 2 || count > MAX_SESSIONS || bursts > 64) return 2;
  listen_for(fd);
  for (burst = 0; burst < bursts; burst++) {
    memset(sessions, 0, sizeof sessions);
    handshakes(fd, count);
    usleep(300000);
    if (kill(pid, SIGSTOP) < 0) die("stopping the sensor");
    talk(fd, count);
    double began = now_s(), last = began, at = 0;
    kill(pid, SIGCONT);
    usleep(1500000);
    uint8_t flags;
    for (int i; (i = hear(fd, &flags, &at)) >= 0;) {
      if (!(flags & FIN) || sessions[i].closed) continue;
      sessions[i].closed = true, answered[burst]++;
      if (at > last) last = at;
    }
    seconds[burst] = last - began;
    uint32_t n = 0; /* the last ACK: nothing is left open */
    for (uint32_t i = 0; i < count; i++) {
      if (sessions[i].closed) lengths[n] = segment(frames[n], i, 3 + PAYLOAD, ACK, 0, 0), n++;
      if (n == BATCH || (i + 1 == count && n > 0)) send_all(fd, n), n = 0;
    }
    usleep(300000);
  }
  printf("{\"seconds\":[");
  for (uint32_t b = 0; b < bursts; b++) printf("%s%.6f", b ? "," : "", seconds[b]);
  printf("],\"answered\":[");
  for (uint32_t b = 0; b < bursts; b++) printf("%s%u", b ? "," : "", answered[b]);
  printf("]}\n");
  return 0;
}
