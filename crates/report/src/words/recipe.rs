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
    narrow_ranges: "Ranges narrowed where the outputs get better for it",
        "Wertebereiche verengt, wo die Ausgaben dadurch besser werden";
    split_one: "One convolution in two, by the ranges of its channels: {layers}",
        "Eine Faltung in zwei geteilt, nach den Wertebereichen ihrer Kanäle: {layers}";
    split_several: "{n} convolutions in two each, by the ranges of their channels: {layers}",
        "{n} Faltungen in je zwei geteilt, nach den Wertebereichen ihrer Kanäle: {layers}";
    scale_one: "Channels of one convolution brought to one range by factors: {layers}",
        "Kanäle einer Faltung durch Faktoren auf einen Wertebereich gebracht: {layers}";
    scale_several: "Channels of {n} convolutions brought to one range by factors: {layers}",
        "Kanäle von {n} Faltungen durch Faktoren auf einen Wertebereich gebracht: {layers}";
    round_for_results: "Weights rounded so that the results of their layer stay",
        "Gewichte so gerundet, dass die Ergebnisse ihrer Schicht bleiben";
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
