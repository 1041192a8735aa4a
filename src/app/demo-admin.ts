/** The superadmin of the demo shop. Published, and only ever made in development. */
export const DEMO_ADMIN = { email: 'admin@demo.example', password: 'demo-admin-password' };
