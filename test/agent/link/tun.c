/* Makes the tun interface named in argv[1], says "ready", and gives back every packet that is sent into it. */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
  char packet[65536];
  int fd = open("/dev/net/tun", O_RDWR);
  if (argc != 2 || fd < 0) return 1;
  strncpy(request.ifr_name, argv[1], IFNAMSIZ - 1);
  if (ioctl(fd, TUNSETIFF, &request) < 0) return 1;
  puts("ready");
  fflush(stdout);
  for (;;) {
    ssize_t length = read(fd, packet, sizeof packet);
    if (length < 0 || write(fd, packet, (size_t)length) != length) return 1;
  }
}
