//! Words of the report on an optimisation.
//!
//! For a person who has to sign it and need not know how models work.

use super::words;

words! {
    /// Texts of the report on an optimisation.
    Optimise, optimise:

    kind: "Optimisation report", "Optimierungsbericht";
    author: "luchs {version}", "luchs {version}";

    // What came out.
    state_chosen: "chosen", "gewählt";
    state_uncertain: "chosen, but uncertain", "gewählt, aber unsicher";
    state_forced: "forced", "erzwungen";
    state_none: "no change", "keine Änderung";
    finding_chosen: "{name} is to replace the model: {speed}, {cost}.",
        "{name} soll das Modell ersetzen: {speed}, {cost}.";
    finding_forced: "{name} is to replace the model although it did not meet every requirement: {speed}, {cost}.",
        "{name} soll das Modell ersetzen, obwohl es nicht alle Anforderungen erfüllt: {speed}, {cost}.";
    finding_none: "No candidate met every requirement. The model stays as it is.",
        "Kein Kandidat erfüllt alle Anforderungen. Das Modell bleibt, wie es ist.";
    finding_speed: "{ratio} times as fast", "{ratio}‑mal so schnell";
    finding_speed_unknown: "speed not measured", "Geschwindigkeit nicht gemessen";
    finding_lower: "accuracy {points} mAP points lower", "Genauigkeit {points} mAP-Punkte niedriger";
    finding_same: "no measured loss of accuracy", "ohne gemessenen Verlust an Genauigkeit";
    finding_agreement: "{share} of its findings as before", "{share} der Funde wie zuvor";
    finding_unknown: "accuracy not measured", "Genauigkeit nicht gemessen";

    figure_speed: "Speed", "Geschwindigkeit";
    figure_speed_value: "{ratio} ×", "{ratio} ×";
    figure_speed_note: "{before} → {after} ms per frame", "{before} → {after} ms je Bild";
    figure_map: "Accuracy (mAP)", "Genauigkeit (mAP)";
    figure_points: "{points} points", "{points} Punkte";
    figure_points_note: "{before} → {after} %", "{before} → {after} %";
    figure_agreement: "Agreement with fp32", "Übereinstimmung mit fp32";
    figure_file: "File", "Datei";
    figure_candidates: "Candidates that passed", "Bestandene Kandidaten";
    figure_candidates_value: "{passed} of {all}", "{passed} von {all}";
    interval: "95 %: {range}", "95 %: {range}";

    // Result.
    result: "Result", "Ergebnis";
    candidates_one: "1 candidate", "1 Kandidat";
    candidates_several: "{n} candidates", "{n} Kandidaten";
    frames_one: "1 frame", "1 Bild";
    frames_several: "{n} frames", "{n} Bildern";
    images_one: "1 image", "1 Bild";
    images_several: "{n} images", "{n} Bildern";
    objects_one: "1 labelled object", "1 markierten Objekt";
    objects_several: "{n} labelled objects", "{n} markierten Objekten";
    threads_one: "1 thread", "1 Thread";
    threads_several: "{n} threads", "{n} Threads";
    compared: "**Compared.** {candidates} and the model as it was (fp32) ran in turn on the same frames, on this box: {cpu}, {runtime}.",
        "**Verglichen.** {candidates} und das bisherige Modell (fp32) liefen abwechselnd auf denselben Bildern, auf diesem Gerät: {cpu}, {runtime}.";
    judged_labels: "Accuracy was judged on {images} with {objects} (`{name}`); ranges of numbers come from {frames} of the site’s own footage (`{footage}`).",
        "Die Genauigkeit wurde auf {images} mit {objects} beurteilt (`{name}`), die Wertebereiche stammen aus {frames} des eigenen Materials (`{footage}`).";
    judged_agreement: "There were no labels. Accuracy therefore means here how far a candidate finds the same as the model as it was, on {frames} of the site’s own footage (`{footage}`). Whether the model as it was is right, this does not say.",
        "Beschriftete Bilder gab es nicht. Genauigkeit heißt hier deshalb, wie weit ein Kandidat dasselbe findet wie das bisherige Modell, auf {frames} des eigenen Materials (`{footage}`). Ob das bisherige Modell recht hat, sagt das nicht.";
    chosen: "**Chosen.** {name} takes {after} instead of {before} ms per frame ({device}, {threads}): {ratio} times as fast{interval}.",
        "**Gewählt.** {name} braucht {after} statt {before} ms je Bild ({device}, {threads}): {ratio}‑mal so schnell{interval}.";
    chosen_unmeasured: "**Chosen.** {name}; how fast it is was not measured.",
        "**Gewählt.** {name}; wie schnell es ist, wurde nicht gemessen.";
    chosen_file: "Its file has {after} instead of {before}.", "Die Datei hat {after} statt {before}.";
    in_interval: " (95 %: {range})", " (95 %: {range})";
    others_one: "One other candidate passed as well: {names}.", "Ein weiterer Kandidat hat bestanden: {names}.";
    others_several: "{n} other candidates passed as well: {names}.", "{n} weitere Kandidaten haben bestanden: {names}.";
    none_passed: "**Chosen.** None. The model that is in use stays as it is; nothing was changed.",
        "**Gewählt.** Keiner. Das eingesetzte Modell bleibt, wie es ist; geändert wurde nichts.";
    cost_map: "**What it costs.** Accuracy (mAP) goes from {before} % to {after} %, that is {change} points; AP50 changes by {ap50} points.",
        "**Was es kostet.** Die Genauigkeit (mAP) geht von {before} % auf {after} %, das sind {change} Punkte; AP50 ändert sich um {ap50} Punkte.";
    cost_agreement: "**What it costs.** {share} of {boxes} boxes are found by both models; their scores differ by {error} on average, on a scale from 0 to 1.",
        "**Was es kostet.** {share} von {boxes} Boxen finden beide Modelle; ihre Scores unterscheiden sich im Mittel um {error}, auf einer Skala von 0 bis 1.";
    cost_also_agreement: "On unlabelled frames {share} of {boxes} boxes are found by both models.",
        "Auf unbeschrifteten Bildern finden beide Modelle {share} von {boxes} Boxen.";
    cost_unknown: "**What it costs** was not measured.", "**Was es kostet**, wurde nicht gemessen.";
    cost_class: "Most affected is the class {label}: average precision {before} → {after} %.",
        "Am stärksten betroffen ist die Klasse {label}: mittlere Präzision {before} → {after} %.";
    cost_class_score: "Most affected is the class {label}: mean score {before} → {after}.",
        "Am stärksten betroffen ist die Klasse {label}: mittlerer Score {before} → {after}.";
    cost_operator: "It runs in Luchs only, because it has an operator that other programs do not know.",
        "Es läuft nur in Luchs, weil es einen Operator hat, den andere Programme nicht kennen.";
    cost_operator_other: "{name} passed as well and has standard operators only.",
        "{name} hat ebenfalls bestanden und hat nur Standardoperatoren.";
    uncertain_limit: "**What is uncertain.** With this sample, “{measure}” is only known to lie between {low} and {high} (95 %); the limit, {limit}, is in between. A larger sample could show that the requirement is not met.",
        "**Was unsicher ist.** Diese Stichprobe zeigt für „{measure}“ nur, dass der Wert zwischen {low} und {high} liegt (95 %); der Grenzwert, {limit}, liegt dazwischen. Eine größere Stichprobe könnte zeigen, dass die Anforderung nicht erfüllt ist.";
    uncertain_within: "**What is uncertain.** The limits of error (95 %) of everything that was required lie on the right side of the requirement. Other footage, other light and other seasons were not tested.",
        "**Was unsicher ist.** Die Fehlergrenzen (95 %) aller geforderten Werte liegen auf der richtigen Seite der Anforderung. Anderes Material, anderes Licht und andere Jahreszeiten wurden nicht geprüft.";
    uncertain_unknown: "**What is uncertain.** No limits of error were determined; how far chance plays a part is not known.",
        "**Was unsicher ist.** Fehlergrenzen wurden nicht bestimmt; wie weit der Zufall mitspielt, ist nicht bekannt.";
    uncertain_failed: "**What is uncertain.** Not every requirement is met; the table of requirements says by how much.",
        "**Was unsicher ist.** Nicht jede Anforderung ist erfüllt; die Tabelle der Anforderungen sagt, um wie viel.";
    forced: "{name} did not meet every requirement and was chosen all the same. Reason given: {reason}",
        "{name} erfüllt nicht alle Anforderungen und wurde trotzdem gewählt. Angegebener Grund: {reason}";
    no_reason: "none", "keiner";
    doubts: "Times on this box are doubtful: {doubts}", "Die Zeiten auf diesem Gerät sind zweifelhaft: {doubts}";
    doubt_build: "this is a development build, and a release is faster",
        "dies ist ein Entwicklungsstand, und eine Veröffentlichung ist schneller";
    doubt_load: "load {load} on {cores} cores before the run, so figures scatter",
        "Last {load} auf {cores} Kernen vor dem Lauf, daher streuen die Werte";
    doubt_others: "other programs took {share} of the CPUs meanwhile, so figures scatter, latencies most of all",
        "andere Programme beanspruchten währenddessen {share} der Kerne, daher streuen die Werte, am meisten die Latenzen";
    doubt_governor: "the CPU’s frequency is governed by “{name}”; figures repeat better after cpupower frequency-set -g performance",
        "die CPU-Frequenz bestimmt „{name}“; die Werte wiederholen sich besser nach cpupower frequency-set -g performance";

    // Candidates.
    candidates: "Candidates", "Kandidaten";
    baseline: "fp32", "fp32";
    baseline_note: "the model as it was", "das bisherige Modell";
    head_candidate: "Candidate", "Kandidat";
    head_map: "mAP", "mAP";
    head_change: "Change", "Änderung";
    head_agreement: "Agreement", "Übereinst.";
    head_time: "Time", "Zeit";
    head_ratio: "Speed", "Tempo";
    head_file: "File", "Datei";
    head_verdict: "Verdict", "Urteil";
    unit_points: "points", "Punkte";
    unit_per_frame: "ms", "ms";
    unit_file: "MiB", "MiB";
    own_operator: "runs in Luchs only", "läuft nur in Luchs";
    verdict_chosen: "chosen", "gewählt";
    verdict_forced: "forced", "erzwungen";
    verdict_passed: "passed", "bestanden";
    verdict_rejected: "rejected", "abgelehnt";
    verdict_failed: "failed", "gescheitert";
    legend_reference: "fp32", "fp32";
    legend_chosen: "chosen", "gewählt";
    legend_forced: "forced", "erzwungen";
    legend_passed: "passed", "bestanden";
    legend_rejected: "rejected", "abgelehnt";
    legend_front: "best at its speed", "beste bei ihrem Tempo";
    region: "meets accuracy and speed", "genau und schnell genug";
    scatter_title: "Accuracy over time per frame", "Genauigkeit über Zeit je Bild";
    scatter_time: "Time per frame in ms ({device}, {threads})", "Zeit je Bild in ms ({device}, {threads})";
    scatter_map: "Accuracy: mAP in %", "Genauigkeit: mAP in %";
    scatter_agreement: "Agreement with fp32 in %", "Übereinstimmung mit fp32 in %";
    scatter_caption: "Further left is faster, further up is more accurate. The stepped line joins what no other candidate beats in both (Pareto front). Upright lines are 95 % intervals of the accuracy.",
        "Weiter links ist schneller, weiter oben genauer. Die Stufenlinie verbindet, was kein anderer Kandidat in beidem schlägt (Pareto-Front). Senkrechte Striche sind 95‑%‑Intervalle der Genauigkeit.";
    scatter_beyond: "Marks with an arrow at the edge lie beyond it, at the value in brackets.",
        "Zeichen mit Pfeil am Rand liegen außerhalb, beim Wert in Klammern.";
    why_rejected: "**{name}** was rejected: {reason}.", "**{name}** wurde abgelehnt: {reason}.";
    why_failed: "**{name}** could not be made or run: {reason}.", "**{name}** ließ sich nicht herstellen oder ausführen: {reason}.";
    why_unknown: "no reason given", "ohne Angabe eines Grundes";
    why_map: "mAP {value} points, required {limit}", "mAP {value} Punkte, gefordert {limit}";
    why_ap50: "AP50 {value} points, required {limit}", "AP50 {value} Punkte, gefordert {limit}";
    why_agreement: "agreement {value} %, required {limit} %", "Übereinstimmung {value} %, gefordert {limit} %";
    why_score: "scores differ by {value}, required {limit}", "Scores weichen um {value} ab, gefordert {limit}";
    why_speed: "{value} times as fast, required {limit}", "{value}‑mal so schnell, gefordert {limit}";

    // Requirements.
    requirements: "Requirements", "Anforderungen";
    requirements_text: "What a candidate has to meet before it may replace the model, and what was measured of {name}.",
        "Was ein Kandidat erfüllen muss, bevor er das Modell ersetzen darf, und was bei {name} gemessen wurde.";
    head_requirement: "Requirement", "Anforderung";
    head_limit: "Required", "Gefordert";
    head_measured: "Measured", "Gemessen";
    head_result: "Result", "Ergebnis";
    measure_map: "Change of mAP in points", "Änderung der mAP in Punkten";
    measure_ap50: "Change of AP50 in points", "Änderung der AP50 in Punkten";
    measure_agreement: "Agreement with fp32 in %", "Übereinstimmung mit fp32 in %";
    measure_score: "Difference of scores", "Unterschied der Scores";
    measure_speed: "Times as fast as fp32", "Tempo im Vergleich zu fp32";
    at_least: "≥ {limit}", "≥ {limit}";
    at_most: "≤ {limit}", "≤ {limit}";

    // Classes.
    classes: "Classes", "Klassen";
    classes_title: "Change of each class with {name}", "Änderung jeder Klasse mit {name}";
    classes_ap: "Change of average precision in points", "Änderung der mittleren Präzision in Punkten";
    classes_score: "Change of the mean score in points", "Änderung des mittleren Scores in Punkten";
    classes_values: "before → after, %", "vorher → nachher, %";
    classes_caption: "What becomes of each class with {name}; in brackets, how many objects of it there were. Classes with few objects move by chance.",
        "Was mit {name} aus jeder Klasse wird; in Klammern, wie viele Objekte es davon gab. Klassen mit wenigen Objekten schwanken zufällig.";
    classes_rest: "{n} more changed by {points} points or less.", "{n} weitere änderten sich um höchstens {points} Punkte.";

    // Pictures.
    pictures: "Where they disagree", "Wo sie sich unterscheiden";
    pictures_text: "Frames on which the model as it was and a candidate differ most. Thin white boxes are found by both; thick yellow boxes with a name only by the one of that side.",
        "Bilder, auf denen das bisherige Modell und ein Kandidat am stärksten voneinander abweichen. Dünne weiße Rahmen finden beide; dicke gelbe mit Namen nur das Modell der jeweiligen Seite.";
    side_all: "{name}: {n} found, all by both", "{name}: {n} gefunden, alle von beiden";
    side_some: "{name}: {n} found, {alone} only here", "{name}: {n} gefunden, {alone} nur hier";
    side_none: "{name}: nothing found", "{name}: nichts gefunden";

    // Layers.
    layers: "Sensitive layers", "Empfindliche Schichten";
    layers_title: "Error of each layer with integers", "Fehler jeder Schicht mit Ganzzahlen";
    layers_output: "Error of the outputs in %", "Fehler der Ausgaben in %";
    layers_score: "Change of the scores in points", "Änderung der Scores in Punkten";
    layers_caption: "How far the results move if only this layer computes with integers: the worst {shown} of {all} layers.",
        "Wie weit sich die Ergebnisse verschieben, wenn nur diese Schicht mit Ganzzahlen rechnet: die {shown} schlimmsten von {all} Schichten.";
    layers_integer: "integers", "Ganzzahlen";
    layers_float: "stays in float in {name}", "bleibt in {name} Gleitkomma";
    layers_float_chosen: "stays in float", "bleibt Gleitkomma";

    // All figures, and how candidates were made.
    measurements: "More figures", "Weitere Zahlen";
    measurements_text: "What else was measured of each candidate.", "Was außerdem von jedem Kandidaten gemessen wurde.";
    head_ap50: "AP50", "AP50";
    head_score: "Scores differ by", "Scores weichen ab um";
    head_case: "{device}, {threads}", "{device}, {threads}";
    recipes: "How the candidates were made", "Wie die Kandidaten entstanden";
    fact_digest: "SHA-256", "SHA-256";
    fact_file: "file", "Datei";

    // Basis.
    basis: "Basis", "Grundlage";
    basis_model: "Model", "Modell";
    basis_box: "Box and footage", "Gerät und Material";
    basis_settings: "Settings", "Einstellungen";
    fact_model: "model", "Modell";
    fact_model_value: "{name} {version}", "{name} {version}";
    fact_family: "family, input", "Familie, Eingang";
    fact_family_value: "{family}, {width}×{height}", "{family}, {width}×{height}";
    fact_licence: "licence", "Lizenz";
    fact_source: "source", "Herkunft";
    fact_cpu: "CPU", "CPU";
    fact_cpu_value: "{cores} × {cpu}", "{cores} × {cpu}";
    fact_memory: "memory", "Arbeitsspeicher";
    fact_runtime: "runtime", "Laufzeitumgebung";
    fact_footage: "footage", "Material";
    fact_frames: "frames", "Bilder";
    fact_frames_value: "{calibration} for ranges, {comparison} for the comparison",
        "{calibration} für Wertebereiche, {comparison} für den Vergleich";
    fact_footage_digest: "SHA-256 of the frames", "SHA-256 der Bilder";
    fact_labels: "labels", "Beschriftung";
    fact_labels_value: "{name}: {images}, {objects}", "{name}: {images}, {objects}";
    fact_labels_images_one: "1 image", "1 Bild";
    fact_labels_images_several: "{n} images", "{n} Bilder";
    fact_labels_objects_one: "1 object", "1 Objekt";
    fact_labels_objects_several: "{n} objects", "{n} Objekte";
    fact_no_labels: "none", "keine";
    setting_default: "{value} (default)", "{value} (Vorgabe)";

    // How to repeat it.
    repeat: "How to repeat it", "So lässt es sich wiederholen";
    repeat_run: "The whole run", "Der ganze Lauf";
    repeat_accuracy: "Accuracy", "Genauigkeit";
    repeat_speed: "Speed", "Geschwindigkeit";
    repeat_passport: "Passport of the result", "Pass des Ergebnisses";
    took: "The run took {time}: {parts}.", "Der Lauf dauerte {time}: {parts}.";
    stage_footage: "frames {time}", "Bilder {time}";
    stage_clean_up: "clean-up {time}", "Bereinigung {time}";
    stage_calibration: "ranges {time}", "Wertebereiche {time}";
    stage_sensitivity: "layers {time}", "Schichten {time}";
    stage_candidates: "candidates {time}", "Kandidaten {time}";
    stage_accuracy: "accuracy {time}", "Genauigkeit {time}";
    stage_speed: "speed {time}", "Geschwindigkeit {time}";
    stage_other: "{name} {time}", "{name} {time}";

    // Terms.
    terms: "Terms", "Begriffe";
    term_map: "mAP, AP50", "mAP, AP50";
    term_map_text: "Mean average precision by the COCO protocol, from 0 to 100 %: how many of the labelled objects are found, and how many of the boxes are right, over all thresholds and classes. AP50 counts a box as right from an overlap of one half on, mAP averages over overlaps up to 95 %. A point is a hundredth of the scale.",
        "Mittlere Präzision nach dem COCO-Protokoll, von 0 bis 100 %: wie viele der markierten Objekte gefunden werden und wie viele der Boxen stimmen, über alle Schwellen und Klassen. AP50 zählt eine Box ab der halben Überdeckung als richtig, mAP mittelt über Überdeckungen bis 95 %. Ein Punkt ist ein Hundertstel der Skala.";
    term_agreement: "Agreement", "Übereinstimmung";
    term_agreement_text: "The share of all boxes of either model that the other one has as well: same class, overlapping.",
        "Der Anteil aller Boxen beider Modelle, die auch das andere hat: gleiche Klasse, überdeckend.";
    term_interval: "95 % interval", "95‑%‑Intervall";
    term_interval_text: "The figures come from a sample. Drawn again and again from the same frames (bootstrap), 95 of 100 samples give a value between these limits. The fewer frames, the wider.",
        "Die Zahlen stammen aus einer Stichprobe. Zieht man sie wieder und wieder aus denselben Bildern (Bootstrap), liegt der Wert in 95 von 100 Fällen zwischen diesen Grenzen. Je weniger Bilder, desto weiter.";
    term_speed: "Time, speed", "Zeit, Tempo";
    term_speed_text: "Median time for one frame in the model alone, without decoding the video. Both models ran in turn, so that whatever else happened on the box met both.",
        "Median der Zeit für ein Bild allein im Modell, ohne das Dekodieren des Videos. Beide Modelle liefen abwechselnd; was sonst auf dem Gerät geschah, traf beide.";
    term_integer: "fp32, int8", "fp32, int8";
    term_integer_text: "Numbers of 32 bits with a floating point, as models are trained, and whole numbers of 8 bits, which take less time and a quarter of the space but hold only 256 different values.",
        "Gleitkommazahlen mit 32 Bit, mit denen Modelle trainiert werden, und ganze Zahlen mit 8 Bit, die weniger Zeit und ein Viertel des Platzes brauchen, aber nur 256 verschiedene Werte kennen.";

    // Release.
    release: "Release", "Freigabe";
    release_chosen: "The decision is about using **{name}** in place of {model} on boxes like the one described here.",
        "Entschieden wird über den Einsatz von **{name}** anstelle von {model} auf Geräten wie dem hier beschriebenen.";
    release_none: "The decision is about leaving **{model}** in use as it is.",
        "Entschieden wird darüber, **{model}** unverändert weiter einzusetzen.";
    release_before: "SHA-256 before", "SHA-256 vorher";
    release_after: "SHA-256 after", "SHA-256 nachher";
}
