//! Properties of every mode over random texts and cuts.
