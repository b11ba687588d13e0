"""EC2: moto's models with the rules of AWS that programs depend on. `install()` puts them in moto's place."""
