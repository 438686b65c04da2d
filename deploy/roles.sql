-- Run once by a superuser on the database of Interlude, before the first `interlude migrate`.
-- The owner runs migrations; the application role owns nothing and cannot bypass row-level security.
create role interlude_owner login createrole password :'owner_password';
create role interlude_app login password :'app_password';
grant create, connect on database :"DBNAME" to interlude_owner;
grant create, usage on schema public to interlude_owner;
create extension if not exists btree_gist;
