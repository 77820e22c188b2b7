-- Whether a record of the spool names a person.

SELECT :record::text ~ hookswitch.contact_pattern(:address::text);
