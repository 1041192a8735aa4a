/** What the help of the commands that work on a database says of it. */
export const databaseVariables = {
  DATABASE_URL: 'the database; without it the embedded one of DATA_DIR',
  DATABASE_OWNER_URL: 'the same database as the owner of its tables, for migrations',
  DATA_DIR: 'the data of the embedded database (default: .data)',
};
