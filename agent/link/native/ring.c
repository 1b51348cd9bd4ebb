/* packet.h as a Node addon (N-API, once per environment: main thread or worker).

   open(name, {blockBytes, blocks, retireMs, slots, group}) gives
     {ring, out: ArrayBuffer, slotBytes, slots, mtu, mac: ArrayBuffer, ethernet, group,
      watch(ready: (error?: string) => void), send(count), dropped(), close()}
   Errors carry errno's name as `code` and the step that failed as `step`. */
#include "packet.h"

#include <errno.h>
#include <malloc.h>
#include <node_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <uv.h>

/* One open interface. It lives until the last of these is gone: the JavaScript object, each of its two
   ArrayBuffers, and the poll handle. They end in any order when an environment is torn down. */
struct ring {
  struct packet packet;
  unsigned references;
  bool open, watching;
  uv_poll_t poll;
  napi_env env;
  napi_ref buffers[2], ready;
  napi_async_context context;
  napi_async_cleanup_hook_handle hook;
};

static const napi_type_tag RING_TAG = {0x63757474c0de0001, 0x9b1d5a3e72f04c86};

#define OK(call)                                                                                   \
  do {                                                                                             \
    if ((call) != napi_ok) return NULL;                                                            \
  } while (0)

static void release(struct ring *ring) {
  if (--ring->references > 0) return;
  packet_close(&ring->packet);
  free(ring);
}

static void on_finalize(napi_env env, void *data, void *hint) {
  (void)env, (void)data;
  release(hint);
}

static void on_closed(uv_handle_t *handle) {
  struct ring *ring = handle->data;
  napi_remove_async_cleanup_hook(ring->hook);
  release(ring);
}

/* Ends everything but the mapped memory. */
static void stop(struct ring *ring) {
  ring->open = false;
  if (ring->watching) uv_close((uv_handle_t *)&ring->poll, on_closed);
  else napi_remove_async_cleanup_hook(ring->hook);
  ring->watching = false;
  packet_stop(&ring->packet);
}

static void on_teardown(napi_async_cleanup_hook_handle handle, void *data) {
  (void)handle;
  struct ring *ring = data;
  if (ring->open) stop(ring);
}

static napi_value throw_errno(napi_env env, int error, const char *step) {
  napi_value code, message, failure, at;
  OK(napi_create_string_utf8(env, uv_err_name(-error), NAPI_AUTO_LENGTH, &code));
  OK(napi_create_string_utf8(env, uv_strerror(-error), NAPI_AUTO_LENGTH, &message));
  OK(napi_create_string_utf8(env, step, NAPI_AUTO_LENGTH, &at));
  OK(napi_create_error(env, code, message, &failure));
  OK(napi_set_named_property(env, failure, "step", at));
  napi_throw(env, failure);
  return NULL;
}

/* The open ring that a method was called on; otherwise NULL with an exception pending. */
static struct ring *receiver(napi_env env, napi_callback_info info, napi_value *argument) {
  size_t count = 1;
  napi_value self;
  bool ours = false;
  void *ring = NULL;
  OK(napi_get_cb_info(env, info, &count, argument, &self, NULL));
  if (napi_check_object_type_tag(env, self, &RING_TAG, &ours) != napi_ok || !ours ||
      napi_unwrap(env, self, &ring) != napi_ok) {
    napi_throw_type_error(env, NULL, "not a ring");
    return NULL;
  }
  return ring;
}

static void on_readable(uv_poll_t *poll, int status, int events) {
  (void)events;
  struct ring *ring = poll->data;
  napi_env env = ring->env;
  napi_handle_scope scope;
  napi_value ready, self, error = NULL, thrown;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  if (status < 0) {
    /* libuv stops at POLLERR (the interface went down). Reading the error clears it; frames come again
       when the interface is up again. */
    int pending = 0;
    socklen_t length = sizeof pending;
    getsockopt(ring->packet.receive_fd, SOL_SOCKET, SO_ERROR, &pending, &length);
    napi_create_string_utf8(env, uv_err_name(pending ? -pending : status), NAPI_AUTO_LENGTH, &error);
    uv_poll_start(poll, UV_READABLE, on_readable);
  }
  if (napi_get_reference_value(env, ring->ready, &ready) == napi_ok &&
      napi_get_global(env, &self) == napi_ok &&
      napi_make_callback(env, ring->context, self, ready, error ? 1 : 0, &error, NULL) ==
          napi_pending_exception &&
      napi_get_and_clear_last_exception(env, &thrown) == napi_ok)
    napi_fatal_exception(env, thrown);
  napi_close_handle_scope(env, scope);
}

static napi_value watch(napi_env env, napi_callback_info info) {
  napi_value ready, name;
  uv_loop_t *loop;
  struct ring *ring = receiver(env, info, &ready);
  if (ring == NULL) return NULL;
  if (!ring->open || ring->watching) return throw_errno(env, EALREADY, "watch");
  OK(napi_get_uv_event_loop(env, &loop));
  OK(napi_create_reference(env, ready, 1, &ring->ready));
  OK(napi_create_string_utf8(env, "cuttle:ring", NAPI_AUTO_LENGTH, &name));
  OK(napi_async_init(env, NULL, name, &ring->context));
  int failed = uv_poll_init(loop, &ring->poll, ring->packet.receive_fd);
  if (failed) return throw_errno(env, -failed, "watch");
  ring->poll.data = ring;
  ring->watching = true;
  ring->references++;
  failed = uv_poll_start(&ring->poll, UV_READABLE, on_readable);
  if (failed) return throw_errno(env, -failed, "watch");
  return NULL;
}

static napi_value send_slots(napi_env env, napi_callback_info info) {
  napi_value argument, result;
  uint32_t count;
  struct ring *ring = receiver(env, info, &argument);
  if (ring == NULL) return NULL;
  if (napi_get_value_uint32(env, argument, &count) != napi_ok)
    return throw_errno(env, EINVAL, "send");
  OK(napi_create_uint32(env, packet_send(&ring->packet, count), &result));
  return result;
}

static napi_value dropped(napi_env env, napi_callback_info info) {
  napi_value argument, result;
  struct ring *ring = receiver(env, info, &argument);
  if (ring == NULL) return NULL;
  OK(napi_create_double(env, (double)packet_dropped(&ring->packet), &result));
  return result;
}

static napi_value close_ring(napi_env env, napi_callback_info info) {
  napi_value argument, buffer;
  struct ring *ring = receiver(env, info, &argument);
  if (ring == NULL || !ring->open) return NULL;
  bool detached = true;
  for (int i = 0; i < 2; i++) {
    detached = detached && napi_get_reference_value(env, ring->buffers[i], &buffer) == napi_ok &&
               napi_detach_arraybuffer(env, buffer) == napi_ok;
    napi_delete_reference(env, ring->buffers[i]);
  }
  if (ring->ready != NULL) napi_delete_reference(env, ring->ready);
  if (ring->context != NULL) napi_async_destroy(env, ring->context);
  stop(ring);
  /* A buffer that is still attached keeps the memory until it is collected. */
  if (detached) packet_close(&ring->packet);
  return NULL;
}

static int read_option(napi_env env, napi_value options, const char *name, uint32_t *value) {
  napi_value property;
  return napi_get_named_property(env, options, name, &property) == napi_ok &&
         napi_get_value_uint32(env, property, value) == napi_ok;
}

static napi_value share(napi_env env, struct ring *ring, int which, void *bytes, size_t length) {
  napi_value buffer;
  OK(napi_create_external_arraybuffer(env, bytes, length, on_finalize, ring, &buffer));
  ring->references++;
  OK(napi_create_reference(env, buffer, 1, &ring->buffers[which]));
  return buffer;
}

static napi_value number(napi_env env, uint32_t value) {
  napi_value result;
  OK(napi_create_uint32(env, value, &result));
  return result;
}

static napi_value expose(napi_env env, struct ring *ring) {
  struct packet *p = &ring->packet;
  napi_value object, mac, ethernet;
  void *mac_bytes;
  OK(napi_create_object(env, &object));
  OK(napi_type_tag_object(env, object, &RING_TAG));
  OK(napi_create_arraybuffer(env, sizeof p->mac, &mac_bytes, &mac));
  memcpy(mac_bytes, p->mac, sizeof p->mac);
  OK(napi_get_boolean(env, p->ethernet, &ethernet));
  napi_value in = share(env, ring, 0, p->ring, p->ring_bytes);
  napi_value out = share(env, ring, 1, p->out, p->out_bytes);
  const napi_property_descriptor properties[] = {
      {"ring", NULL, NULL, NULL, NULL, in, napi_enumerable, NULL},
      {"out", NULL, NULL, NULL, NULL, out, napi_enumerable, NULL},
      {"slotBytes", NULL, NULL, NULL, NULL, number(env, p->slot_bytes), napi_enumerable, NULL},
      {"slots", NULL, NULL, NULL, NULL, number(env, p->slots), napi_enumerable, NULL},
      {"mtu", NULL, NULL, NULL, NULL, number(env, p->mtu), napi_enumerable, NULL},
      {"mac", NULL, NULL, NULL, NULL, mac, napi_enumerable, NULL},
      {"ethernet", NULL, NULL, NULL, NULL, ethernet, napi_enumerable, NULL},
      {"group", NULL, NULL, NULL, NULL, number(env, (uint32_t)p->group), napi_enumerable, NULL},
      {"watch", NULL, watch, NULL, NULL, NULL, napi_enumerable, NULL},
      {"send", NULL, send_slots, NULL, NULL, NULL, napi_enumerable, NULL},
      {"dropped", NULL, dropped, NULL, NULL, NULL, napi_enumerable, NULL},
      {"close", NULL, close_ring, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  if (in == NULL || out == NULL) return NULL;
  OK(napi_define_properties(env, object, sizeof properties / sizeof *properties, properties));
  OK(napi_add_async_cleanup_hook(env, on_teardown, ring, &ring->hook));
  ring->open = true;
  OK(napi_wrap(env, object, ring, on_finalize, ring, NULL));
  ring->references++;
  return object;
}

static napi_value open_ring(napi_env env, napi_callback_info info) {
  size_t count = 2, length;
  napi_value arguments[2];
  char name[64];
  struct packet_options options;
  const char *what = "";
  OK(napi_get_cb_info(env, info, &count, arguments, NULL, NULL));
  if (count != 2 ||
      napi_get_value_string_utf8(env, arguments[0], name, sizeof name, &length) != napi_ok ||
      !read_option(env, arguments[1], "blockBytes", &options.block_bytes) ||
      !read_option(env, arguments[1], "blocks", &options.blocks) ||
      !read_option(env, arguments[1], "retireMs", &options.retire_ms) ||
      !read_option(env, arguments[1], "slots", &options.slots) ||
      !read_option(env, arguments[1], "group", (uint32_t *)&options.group))
    return throw_errno(env, EINVAL, "options");
  struct ring *ring = calloc(1, sizeof *ring);
  if (ring == NULL) return throw_errno(env, ENOMEM, "open");
  ring->env = env;
  ring->references = 1; /* ours, until the object has its own */
  napi_value object = NULL;
  if (packet_open(&ring->packet, name, &options, &what) < 0) {
    throw_errno(env, errno, what);
  } else {
    object = expose(env, ring);
    if (object == NULL && ring->open) stop(ring);
    if (object == NULL) throw_errno(env, ENOMEM, "open");
  }
  release(ring);
  return object;
}

/* What loading and compiling has freed: glibc keeps it otherwise, tens of megabytes; musl has no such call and no need. */
static void trim_malloc(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

/* Code that only starting up has run, a third of the runtime: unmapped here, still in the page cache,
 * where the kernel may drop it; what is used again is mapped again without a read. Text is never
 * written to, so nothing can be lost. */
static void trim_code(void) {
  FILE *maps = fopen("/proc/self/maps", "r");
  if (maps == NULL) return;
  char line[512], permissions[5];
  unsigned long first, last;
  while (fgets(line, sizeof line, maps) != NULL)
    if (sscanf(line, "%lx-%lx %4s", &first, &last, permissions) == 3 &&
        strcmp(permissions, "r-xp") == 0 && strchr(line, '/') != NULL)
      madvise((void *)first, last - first, MADV_DONTNEED);
  fclose(maps);
}

static napi_value trim(napi_env env, napi_callback_info info) {
  (void)env, (void)info;
  trim_malloc();
  trim_code();
  return NULL;
}

NAPI_MODULE_INIT() {
  napi_value open, trim_memory;
  OK(napi_create_function(env, "open", NAPI_AUTO_LENGTH, open_ring, NULL, &open));
  OK(napi_set_named_property(env, exports, "open", open));
  OK(napi_create_function(env, "trim", NAPI_AUTO_LENGTH, trim, NULL, &trim_memory));
  OK(napi_set_named_property(env, exports, "trim", trim_memory));
  return exports;
}
