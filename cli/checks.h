#ifndef HOOKSWITCH_CHECKS_H
#define HOOKSWITCH_CHECKS_H

#include "checkup.h"

/*
 * The checks of a checkup, each group in a file of its name, and what they
 * need, which the file knows best that uses it first.
 */

extern const struct check_group check_settings;
extern const struct check_group check_files;
extern const struct check_group check_database;
extern const struct check_group check_spool;
extern const struct check_group check_replies;
extern const struct check_group check_web;
extern const struct check_group check_signature;
extern const struct check_group check_twilio;
extern const struct check_group check_webhooks;

/*
 * Each looks for what is needed, and keeps it in *checkup.  Any error means
 * that it is not to be had, for the reason.
 */
enum err check_settings_obtain(
	struct checkup *checkup, struct reason *reason) NODISCARD;
enum err check_files_obtain(
	struct checkup *checkup, struct reason *reason) NODISCARD;
enum err check_database_obtain(
	struct checkup *checkup, struct reason *reason) NODISCARD;
enum err check_database_obtain_schema(
	struct checkup *checkup, struct reason *reason) NODISCARD;
enum err check_web_obtain_site(
	struct checkup *checkup, struct reason *reason) NODISCARD;
enum err check_web_obtain(
	struct checkup *checkup, struct reason *reason) NODISCARD;
enum err check_web_obtain_health(
	struct checkup *checkup, struct reason *reason) NODISCARD;
enum err check_settings_obtain_account(
	struct checkup *checkup, struct reason *reason) NODISCARD;
enum err check_twilio_obtain(
	struct checkup *checkup, struct reason *reason) NODISCARD;
enum err check_webhooks_obtain(
	struct checkup *checkup, struct reason *reason) NODISCARD;

#endif
