#include "fanout.h"

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#ifndef PACKET_FANOUT_FLAG_UNIQUEID /* Linux 4.12 */
#define PACKET_FANOUT_FLAG_UNIQUEID 0x2000
#endif

enum {
  GROUP_BITS = 16,
  IPV4_FRAGMENT = 0x3fff, /* more fragments, or an offset */
  ICMP6 = 58,
  ICMP6_INFORMATIONAL = 128, /* RFC 4443 2.1: types below are errors */
  NEIGHBOURS_FIRST = 130,    /* RFC 2710, 4861: listener query … redirect */
  NEIGHBOURS_LAST = 137,
};
/* Multiplicative hashing: 2^32 by the golden ratio. */
static const uint32_t MIX = 0x9e3779b1;

#define LOAD(size, at) BPF_STMT(BPF_LD | (size) | BPF_ABS, at)
#define LOAD_X(size, at) BPF_STMT(BPF_LD | (size) | BPF_IND, at)
#define JUMP(how, value, yes, no) BPF_JUMP(BPF_JMP | (how) | BPF_K, value, yes, no)
#define GIVE(value) BPF_STMT(BPF_RET | BPF_K, value)
#define TAKE_X BPF_STMT(BPF_MISC | BPF_TAX, 0)
#define XOR_X BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0)
#define SHIFT BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 16)
#define GIVE_HASH                                                                                  \
  TAKE_X, SHIFT, XOR_X, BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, MIX), SHIFT, BPF_STMT(BPF_RET | BPF_A, 0)
#define XOR_WORD(at) TAKE_X, LOAD(BPF_W, at), XOR_X
#define LOAD_ADDRESS6(at)                                                                          \
  LOAD(BPF_W, at), XOR_WORD((at) + 4), XOR_WORD((at) + 8), XOR_WORD((at) + 12)

int fanout_mute(int fd) {
  struct sock_filter none[] = {GIVE(0)};
  struct sock_fprog program = {sizeof none / sizeof *none, none};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

/* A group has a hook of its own, to which PACKET_IGNORE_OUTGOING of its members means nothing. */
static int unmute(int fd) {
  struct sock_filter incoming[] = {
      LOAD(BPF_W, SKF_AD_OFF + SKF_AD_PKTTYPE),
      JUMP(BPF_JEQ, PACKET_OUTGOING, 0, 1),
      GIVE(0),
      GIVE(UINT32_MAX),
  };
  struct sock_fprog program = {sizeof incoming / sizeof *incoming, incoming};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

/* Which member a frame is for, modulo their number; offsets count from the network header. The hash is of the
   source's address alone: what the sensor knows of a source (its scan, its tries, its budget) stays in
   one member, all of its fragments come there, and no visitor ever meets two members to compare. The
   kernel's own flow hash would part a scan by its ports, and a fragment from its datagram. An ICMP error
   is about a packet of ours: it goes where that packet's receiver goes. Neighbours, and what is neither IPv4
   nor IPv6 or is too short to tell (a load beyond the end gives 0), are member 0's. */
static int share_out(int fd) {
  struct sock_filter member[] = {
      /*  0 */ LOAD(BPF_W, SKF_AD_OFF + SKF_AD_PROTOCOL),
      /*  1 */ JUMP(BPF_JEQ, ETH_P_IP, 2, 0),    /* → 4 */
      /*  2 */ JUMP(BPF_JEQ, ETH_P_IPV6, 25, 0), /* → 28 */
      /*  3 */ GIVE(0),
      /*  4 */ LOAD(BPF_B, 9),
      /*  5 */ JUMP(BPF_JEQ, IPPROTO_ICMP, 0, 15), /* else → 21 */
      /*  6 */ LOAD(BPF_H, 6),
      /*  7 */ JUMP(BPF_JSET, IPV4_FRAGMENT, 13, 0), /* → 21 */
      /*  8 */ BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
      /*  9 */ LOAD_X(BPF_B, 0),         /* RFC 792: 3, 4, 5, 11 and 12 are errors */
      /* 10 */ JUMP(BPF_JGT, 12, 10, 0), /* → 21 */
      /* 11 */ JUMP(BPF_JGE, 11, 2, 0),  /* → 14 */
      /* 12 */ JUMP(BPF_JGT, 5, 8, 0),   /* → 21 */
      /* 13 */ JUMP(BPF_JGE, 3, 0, 7),   /* else → 21 */
      /* 14 */ LOAD_X(BPF_W, 24),        /* destination of the packet inside */
      /* 15 */ GIVE_HASH,
      /* 21 */ LOAD(BPF_W, 12),
      /* 22 */ GIVE_HASH,
      /* 28 */ LOAD(BPF_B, 6),
      /* 29 */ JUMP(BPF_JEQ, ICMP6, 0, 5), /* else → 35 */
      /* 30 */ LOAD(BPF_B, 40),
      /* 31 */ JUMP(BPF_JGE, ICMP6_INFORMATIONAL, 0, 19), /* else → 51 */
      /* 32 */ JUMP(BPF_JGE, NEIGHBOURS_FIRST, 0, 2),     /* else → 35 */
      /* 33 */ JUMP(BPF_JGT, NEIGHBOURS_LAST, 1, 0),      /* → 35 */
      /* 34 */ GIVE(0),
      /* 35 */ LOAD_ADDRESS6(8),
      /* 45 */ GIVE_HASH,
      /* 51 */ LOAD_ADDRESS6(72), /* destination of the packet inside */
      /* 61 */ GIVE_HASH,
  };
  struct sock_fprog program = {sizeof member / sizeof *member, member};
  return setsockopt(fd, SOL_PACKET, PACKET_FANOUT_DATA, &program, sizeof program);
}

int fanout_join(int fd, int group) {
  bool begins = group == FANOUT_NEW;
  unsigned request = (unsigned)PACKET_FANOUT_CBPF << GROUP_BITS;
  if (begins) request |= (unsigned)PACKET_FANOUT_FLAG_UNIQUEID << GROUP_BITS;
  else request |= (unsigned)group & ((1u << GROUP_BITS) - 1);
  if (setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &request, sizeof request) < 0) return -1;
  if (begins) {
    socklen_t length = sizeof request;
    if (getsockopt(fd, SOL_PACKET, PACKET_FANOUT, &request, &length) < 0) return -1;
    if (share_out(fd) < 0) return -1;
  }
  if (unmute(fd) < 0) return -1;
  return (int)(request & ((1u << GROUP_BITS) - 1));
}
