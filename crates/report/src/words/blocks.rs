//! Words of any report.

use super::words;

words! {
    /// Words that every kind of report has.
    Blocks, blocks:

    product: "Luchs", "Luchs";
    contents: "Contents", "Inhalt";
    made: "Made on {date} by {author}", "Erstellt am {date} mit {author}";
    figure: "Figure {n}", "Abbildung {n}";
    to: "to", "bis";

    good: "passed", "bestanden";
    warn: "passed, but uncertain", "bestanden, aber unsicher";
    bad: "failed", "nicht bestanden";

    sign_off: "Decision", "Entscheidung";
    released: "Released", "Freigegeben";
    conditions: "Released with conditions", "Mit Auflagen freigegeben";
    refused: "Not released", "Nicht freigegeben";
    remarks: "Conditions and remarks", "Auflagen und Bemerkungen";
    name: "Name", "Name";
    role: "Position", "Funktion";
    place: "Place and date", "Ort und Datum";
    signature: "Signature", "Unterschrift";

    january: "January", "Januar";
    february: "February", "Februar";
    march: "March", "März";
    april: "April", "April";
    may: "May", "Mai";
    june: "June", "Juni";
    july: "July", "Juli";
    august: "August", "August";
    september: "September", "September";
    october: "October", "Oktober";
    november: "November", "November";
    december: "December", "Dezember";
}
