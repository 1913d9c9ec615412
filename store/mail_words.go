package store

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/tenant"
)

// MailWords are the merchants' own words of mails.
type MailWords struct{ *DB }

// mailWordsDoc are those of one mail in one language; _id: mailWordsKey. Where they are ours there is none.
type mailWordsDoc struct {
	Key      string            `bson:"_id"`
	Shop     tenant.ShopID     `bson:"shop"`
	Language string            `bson:"language"`
	Mail     string            `bson:"mail"`
	Words    map[string]string `bson:"words"` // by the text's name
}

func mailWordsKey(shop tenant.ShopID, language, mail string) string {
	return key(shop, language+"/"+mail)
}

// FindMailWords reads the words of some mails in a language, by the names of their texts. Mails share no name.
func (db MailWords) FindMailWords(
	ctx context.Context, shop tenant.ShopID, language string, mails ...string,
) (map[string]string, error) {
	ids := each(mails, func(mail string) string { return mailWordsKey(shop, language, mail) })
	docs, err := findAll[mailWordsDoc](ctx, db.mailWords, bson.D{{Key: "_id", Value: anyOf(ids)}, {Key: "shop", Value: shop}})

	all := map[string]string{}
	for _, d := range docs {
		for name, words := range d.Words {
			all[name] = words
		}
	}
	return all, failed("find mail words", err)
}

// SaveMailWords keeps the words of a mail in a language, in the place of those before. Without any they are ours again.
func (db MailWords) SaveMailWords(
	ctx context.Context, shop tenant.ShopID, language, mail string, words map[string]string,
) error {
	id := byKey(shop, mailWordsKey(shop, language, mail))
	if len(words) == 0 {
		_, err := db.mailWords.DeleteOne(ctx, id)
		return failed("save mail words", err)
	}

	fields := bson.D{{Key: "language", Value: language}, {Key: "mail", Value: mail}, {Key: "words", Value: words}}
	return failed("save mail words", upsert(ctx, db.mailWords, id, set(fields)))
}

// WordedMails lists which mails have words of the shop's own, and in which languages.
func (db MailWords) WordedMails(ctx context.Context, shop tenant.ShopID) (map[string][]string, error) {
	inOrder := options.Find().SetSort(onlyID).SetProjection(bson.D{{Key: "mail", Value: 1}, {Key: "language", Value: 1}})
	docs, err := findAll[mailWordsDoc](ctx, db.mailWords, allOf(shop, string(shop)), inOrder)

	all := map[string][]string{}
	for _, d := range docs {
		all[d.Mail] = append(all[d.Mail], d.Language)
	}
	return all, failed("worded mails", err)
}
