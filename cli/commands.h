#ifndef HOOKSWITCH_COMMANDS_H
#define HOOKSWITCH_COMMANDS_H

#include "command.h"

/* The subcommands, each in the file of its name. */
extern const struct command command_call;
extern const struct command command_doctor;
extern const struct command command_backfill;
extern const struct command command_erase;
extern const struct command command_explain;
extern const struct command command_init;
extern const struct command command_migrate;
extern const struct command command_purge;
extern const struct command command_message;
extern const struct command command_provision;
extern const struct command command_recordings;
extern const struct command command_replay;
extern const struct command command_send;
extern const struct command command_sign;
extern const struct command command_status;
extern const struct command command_tail;

#endif
