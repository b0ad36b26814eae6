//! Words of recipes.

use super::words;

words! {
    /// Texts of the steps of a recipe.
    Recipe, recipe:

    clean_up: "The same graph with fewer operators; results as before", "Derselbe Graph mit weniger Operatoren; gleiche Ergebnisse";
    half: "Weights and activations in {type}", "Gewichte und Aktivierungen in {type}";
    quantize: "Weights in {weights}{channels}, activations in {activations}, {form}; ranges: {ranges}",
        "Gewichte in {weights}{channels}, Aktivierungen in {activations}, {form}; Wertebereiche: {ranges}";
    per_channel: " with a scale for each channel", " mit einer Skala je Kanal";
    form_qdq: "as QDQ graph", "als QDQ-Graph";
    form_nhwc: "integer operators with channels last", "Ganzzahl-Operatoren mit Kanälen zuletzt";
    form_symmetric: "as QDQ graph without zero points", "als QDQ-Graph ohne Nullpunkte";
    ranges_all: "all that was seen", "alles, was vorkam";
    ranges_percentile: "{percent} % of what was seen", "{percent} % dessen, was vorkam";
    ranges_least_error: "those with the least squared error", "die mit dem kleinsten quadratischen Fehler";
    float_one: "One layer stays in float: {layers}", "Eine Schicht bleibt Gleitkomma: {layers}";
    float_several: "{n} layers stay in float: {layers}", "{n} Schichten bleiben Gleitkomma: {layers}";
    table: "Functions of single values as a table of 256 entries", "Funktionen einzelner Werte als Tabelle mit 256 Einträgen";
    byte_input: "Takes the camera’s bytes; mean and deviation are part of the first layer",
        "Nimmt die Bytes der Kamera; Mittelwert und Streuung stecken in der ersten Schicht";
    space_to_depth: "The first layer works on blocks of 2×2 pixels", "Die erste Schicht arbeitet auf Blöcken von 2×2 Pixeln";
    resize: "Input of {width}×{height} pixels", "Eingang von {width}×{height} Pixeln";
    other_model: "Another model: {name}", "Ein anderes Modell: {name}";
    prune: "{share} of the multiplications removed", "{share} der Multiplikationen entfernt";
    prune_distilled: "{share} of the multiplications removed; the rest learned from the model as it was to make up for them",
        "{share} der Multiplikationen entfernt; der Rest hat vom bisherigen Modell gelernt, sie auszugleichen";
}
