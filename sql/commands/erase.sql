-- Erases a person: see hookswitch.erase_contact.

SELECT done.table_name, done.erased
FROM hookswitch.erase_contact(:address::text) AS done;
