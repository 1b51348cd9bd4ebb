/* Several packet sockets that share an interface: each frame goes to one of them (packet(7), PACKET_FANOUT). */
#ifndef CUTTLE_FANOUT_H
#define CUTTLE_FANOUT_H

enum {
  FANOUT_ALONE = -2, /* no group: every frame */
  FANOUT_NEW = -1,   /* begin a group, whose number the kernel gives; others join by it */
};

/* Before the socket is bound: it takes no frame until it has joined. 0, or -1 with errno set. */
int fanout_mute(int fd);

/* After it is bound. Returns the group's number, or -1 with errno set. The first member is member 0. */
int fanout_join(int fd, int group);

#endif
