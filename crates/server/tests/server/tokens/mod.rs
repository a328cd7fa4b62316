//! What do tokens from a cross-device flow carry, and who gets them? (BCP 6.1.9, 6.1.10, 6.1.12, 6.1.16)

mod ceilings;
mod pin;
