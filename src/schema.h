#ifndef HOOKSWITCH_SCHEMA_H
#define HOOKSWITCH_SCHEMA_H

/*
 * The version of schema hookswitch that this program goes with: the number of
 * the newest file in sql/migrations/.
 */
#define SCHEMA_VERSION "5"

#endif
