/* A file as a whole, for the examples. */
#include "privet.h"

#include <stdio.h>
#include <stdlib.h>

static privet_text file(const char *path) {
  FILE *from = fopen(path, "rb");
  size_t length = 0, room = 1 << 16;
  char *data = malloc(room);
  if (!from || !data) {
    perror(path);
    exit(1);
  }
  for (size_t got; (got = fread(data + length, 1, room - length, from)) > 0;) {
    length += got;
    if (length == room && !(data = realloc(data, room *= 2))) exit(1);
  }
  fclose(from);
  return (privet_text){data, length};
}
