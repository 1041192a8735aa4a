/** What the help of the commands that work on a database says of it. */
export const databaseVariables = {
  DATABASE_URL: 'the database; without it the embedded one of DATA_DIR',
  DATA_DIR: 'the data of the embedded database (default: .data)',
};
