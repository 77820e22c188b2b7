-- Deletes a batch of what is older than that: see hookswitch.purge.

SELECT batch.table_name, batch.deleted
FROM hookswitch.purge(:older_than::text::interval, :at_most::integer) AS batch;
