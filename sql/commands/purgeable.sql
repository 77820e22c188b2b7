-- What would be deleted.

SELECT told.table_name, told.rows
FROM hookswitch.purgeable(:older_than::text::interval) AS told;
