/* An AF_PACKET interface as memory: a mapped receive ring, and slots that one call transmits. No Node here. */
#ifndef CUTTLE_PACKET_H
#define CUTTLE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct packet_options {
  uint32_t block_bytes; /* a multiple of the page size */
  uint32_t blocks;
  uint32_t retire_ms; /* longest time a frame waits in a block that is not full */
  uint32_t slots;     /* frames that one packet_send can take */
  int32_t group;      /* of packet sockets that share the interface: fanout.h */
};

struct packet {
  int receive_fd, transmit_fd; /* -1 when closed */
  uint8_t *ring;               /* TPACKET_V3 blocks, shared with the kernel */
  size_t ring_bytes;
  uint8_t *out; /* `slots` frames of `slot_bytes` each, then `slots` lengths of 32 bits */
  size_t out_bytes;
  uint32_t slots, slot_bytes;
  uint8_t mac[6];
  uint32_t mtu;
  bool ethernet; /* false: frames are bare IP packets */
  int group;     /* the number by which others join; FANOUT_ALONE */
  uint64_t dropped;
  void *messages; /* what sendmmsg reads */
};

/* 0, or -1 with errno set and *what naming the step that failed. A failed open leaves nothing open. */
int packet_open(struct packet *p, const char *name, const struct packet_options *options,
                const char **what);

/* Sends the first `count` slots in order; returns how many the kernel took. Never blocks longer than
   SEND_RETRIES milliseconds: what a full queue has not taken by then is lost. */
uint32_t packet_send(struct packet *p, uint32_t count);

/* Frames that the kernel dropped for want of room, since open. */
uint64_t packet_dropped(struct packet *p);

/* Both may be called again. After packet_stop the memory is still mapped; after packet_close it is not. */
void packet_stop(struct packet *p);
void packet_close(struct packet *p);

#endif
