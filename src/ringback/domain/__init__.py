"""What an account is and does, without sockets, threads, clock or database."""
